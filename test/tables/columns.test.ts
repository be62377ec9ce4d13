import { describe, expect, test } from '@jest/globals';
import { isReadBy } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { compactJson, encodeRecord, jsonText } from '../../lib/tables/json-text.ts';

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
  test('is copied into a record unchanged', () => {
    const record = { a: jsonText('1.0'), b: 'x"', c: null, d: true };
    expect(encodeRecord(record)).toBe('{"a":1.0,"b":"x\\"","c":null,"d":true}');
  });

  test('loses the white space between its tokens alone', () => {
    expect(compactJson('{"a b": [1, "c, \\" d", {}],\n "\\\\": " " }')).toBe(
      '{"a b":[1,"c, \\" d",{}],"\\\\":" "}',
    );
  });

  test('may be a string of millions of escapes', () => {
    const long = `{"a": "${'\\n\\"\\\\'.repeat(3_000_000)}", "b": 1}`;
    expect(compactJson(long)).toHaveLength(long.length - 3);
  });

  test('keeps every member of any name', () => {
    expect(compactJson('{"__proto__": 1, "constructor": 2}')).toBe('{"__proto__":1,"constructor":2}');
    expect(encodeRecord({ ['__proto__']: 1, id: 2 })).toBe('{"__proto__":1,"id":2}');
  });

  test('may be a string of many megabytes', () => {
    const long = `{"a": "${'x'.repeat(20_000_000)}"}`;
    expect(compactJson(long)).toHaveLength(long.length - 1);
  });
});

describe('a type without a column function', () => {
  test.each(['macaddr', 'mood', 'bit varying', 'mood[]'])('%s is read as PostgreSQL writes it', (type) => {
    expect(isReadBy(column.other(), type)).toBe(true);
  });

  test.each(['money', 'interval', 'bytea', 'real', 'timestamp with time zone[]', 'tstzrange', 'regclass'])(
    '%s is not, because a setting of the session changes its text',
    (type) => {
      expect(isReadBy(column.other(), type)).toBe(false);
    },
  );
});
