import { describe, expect, test } from '@jest/globals';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { compactJson, encodeRecord, jsonText } from '../../lib/tables/json-text.ts';

describe('what a column cannot be is said when the program starts', () => {
  test('an array of arrays', () => {
    expect(() => column.array(column.array(column.integer()))).toThrow('the innermost array');
  });

  test.each([
    ['nullable', column.integer({ nullable: true })],
    ['a boolean', column.boolean()],
    ['a float', column.float()],
  ])('a key that is %s', (_, id) => {
    expect(() => defineTable({ name: 'rows', relation: 'public.rows', columns: { id }, key: 'id' })).toThrow(
      TypeError,
    );
  });
});

describe('a text that is not of its kind', () => {
  test.each([
    ['an integer', column.integer(), '1.5'],
    ['a numeric', column.numeric(), '1e5'],
    ['a float', column.float(), '3.14'],
    ['a uuid', column.uuid(), 'not-a-uuid'],
    ['an ISO date', column.date(), '29/02/2024'],
    ['a timestamp in UTC', column.timestamptz(), '2024-02-29 09:05:07+09'],
    ['an integer', column.array(column.integer()), '["[1:1]",["x"]]'],
  ])('is refused, and not shown: %s', (called, kind, text) => {
    const read = () => kind.toJson(text, { json: 'exact', timeZone: 'UTC' });
    expect(read).toThrow(`not ${called}`);
    expect(read).not.toThrow(text);
  });
});

describe('JSON that is kept as text', () => {
  test('is part of a record as it is', () => {
    const record = { a: jsonText('1.0'), b: 'x"', c: null, d: true };
    expect(encodeRecord(record)).toBe('{"a":1.0,"b":"x\\"","c":null,"d":true}');
  });

  test('loses the white space between its tokens alone', () => {
    expect(compactJson('{"a b": [1, "c, \\" d", {}],\n "\\\\": " " }')).toBe(
      '{"a b":[1,"c, \\" d",{}],"\\\\":" "}',
    );
  });

  test('may be a string of many megabytes', () => {
    const long = `{"a": "${'x'.repeat(20_000_000)}"}`;
    expect(compactJson(long)).toHaveLength(long.length - 1);
  });
});
