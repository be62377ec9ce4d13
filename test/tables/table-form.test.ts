import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ColumnDefinition } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { encodeRecord } from '../../lib/tables/json-text.ts';

const record = { id: column.integer(), body: column.text() };
const formOf = (shape: Record<string, ColumnDefinition>, name = 'rows') =>
  defineTable({ name, relation: 'public.rows', columns: { id: record.id, ...shape }, key: 'id' }).form;

describe('a table has another form', () => {
  const form = formOf({ body: record.body });
  test.each([
    ['a member of another name', formOf({ text: column.text({ column: 'body' }) })],
    ['another column', formOf({ body: column.text({ column: 'text' }) })],
    ['another kind', formOf({ body: column.other() })],
    ['a column more', formOf({ body: record.body, more: column.text() })],
    ['another name', formOf({ body: record.body }, 'others')],
  ])('with %s', (_, another) => {
    expect(another).not.toBe(form);
  });

  test('and the same with the same', () => {
    expect(formOf({ body: column.text() })).toBe(form);
  });
});

/** For each kind, texts as PostgreSQL gives them. */
const texts: [ColumnDefinition, string[]][] = [
  [column.integer(), ['0', '-7', '9007199254740993']],
  [column.numeric(), ['1.50', `1${'0'.repeat(30)}`, 'NaN']],
  [column.float(), ['400921fb54442d18', '8000000000000000', '7ff8000000000000']],
  [column.real(), ['1.5', '-0', 'Infinity']],
  [column.boolean(), ['true', 'false']],
  [column.text(), ['', 'a "b"\n\u2028é日😀\u0001']],
  [column.uuid(), ['00000000-0000-4000-8000-000000000000']],
  [column.inet(), ['10.0.0.1', '10.0.0.0/8']],
  [column.date(), ['2024-02-29', 'infinity', '0044-03-15 BC']],
  [column.time(), ['24:00:00', '09:05:07.5']],
  [column.timestamptz(), ['2024-02-29T09:05:07.25', '2024-02-29T09:05:07', '-infinity']],
  [column.timestamp(), ['2024-02-29T09:05:07.25', '10000-01-01T00:00:00']],
  [column.duration(), ['86400.5', '-0.25', 'infinity']],
  [column.jsonb(), ['{"b": 1.0, "a": [1, "x y"]}']],
  [column.bytea(), ['AAEC/w==']],
  [column.other(), ['[1,5)']],
  [column.array(column.integer()), ['["[1:2]",["1",null]]']],
];

test('the form version stands for these records: with another form of any value, it is to be raised', () => {
  const lines = texts.flatMap(([kind, values]) =>
    values.map((value) => encodeRecord({ value: kind.toJson(value, { json: 'exact', timeZone: 'UTC' }) })),
  );
  expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(
    '1ee70f1a1e1b81cd6681aebddf47c416e7a150348ccb35887a4adb1427b13e61',
  );
});
