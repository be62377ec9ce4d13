import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ColumnDefinition } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { encodeRecord } from '../../lib/tables/json-text.ts';
import type { TableDefinition } from '../../lib/tables/table.ts';

const record = { id: column.integer(), body: column.text() };
const formOf = (
  columns: Record<string, ColumnDefinition>,
  name = 'rows',
  options: Partial<TableDefinition> = {},
) =>
  defineTable({
    ...{ name, relation: 'public.rows', key: 'id' },
    columns: { id: record.id, ...columns },
    ...options,
  }).form;

describe('a table has another form', () => {
  const form = formOf({ body: record.body });
  test.each([
    ['a member of another name', formOf({ text: column.text({ column: 'body' }) })],
    ['another column', formOf({ body: column.text({ column: 'text' }) })],
    ['another kind', formOf({ body: column.other() })],
    ['a column more', formOf({ body: record.body, more: column.text() })],
    ['another name', formOf({ body: record.body }, 'others')],
    ['a column that may be NULL', formOf({ body: column.text({ nullable: true }) })],
    ['a predicate', formOf({ body: record.body }, 'rows', { where: 'id > 1' })],
    ['another relation', formOf({ body: record.body }, 'rows', { relation: 'public.others' })],
    ['another JSON form', formOf({ body: record.body }, 'rows', { json: 'drf' })],
    ['another time zone', formOf({ body: record.body }, 'rows', { timeZone: 'Asia/Tokyo' })],
  ])('with %s', (_, another) => {
    expect(another).not.toBe(form);
  });

  test('and the same with the same', () => {
    expect(formOf({ body: column.text() })).toBe(form);
  });

  test('is the same where an option changes only requests or documentation', () => {
    const body = column.text({ help: 'what it says', maxLength: 10 });
    expect(formOf({ body }, 'rows', { envelope: 'drf', pageSize: 7, ordering: ['-id'], mayLose: 0.5 })).toBe(
      form,
    );
  });
});

/** PostgreSQL's texts of each kind. */
const texts: [ColumnDefinition, string[]][] = [
  [column.integer(), ['0', '-7', '9007199254740993']],
  [column.numeric(), ['1.50', `1${'0'.repeat(30)}`, 'NaN', '0.0000001']],
  [column.float(), ['400921fb54442d18', '8000000000000000', '7ff8000000000000', '3ff0000000000000']],
  [column.real(), ['3fc00000', '80000000', '7f800000', '3dcccccd']],
  [column.boolean(), ['true', 'false']],
  [column.text(), ['', 'a "b"\n\u2028é日😀\u0001']],
  [column.uuid(), ['00000000-0000-4000-8000-000000000000']],
  [column.inet(), ['10.0.0.1', '10.0.0.0/8']],
  [column.date(), ['2024-02-29', 'infinity', '0044-03-15 BC']],
  [column.time(), ['24:00:00', '09:05:07.5']],
  [column.timestamptz(), ['2024-02-29T09:05:07.25', '2024-02-29T09:05:07', '-infinity']],
  [column.timestamptz(), ['2024-02-29T09:05:07 32400', '2024-02-29T09:05:07.5 -12600', 'infinity']],
  [column.localTimestamptz(), ['2024-02-29T09:05:07.25', '-infinity']],
  [column.timestamp(), ['2024-02-29T09:05:07.25', '10000-01-01T00:00:00']],
  [column.duration(), ['86400.5', '-0.25', 'infinity']],
  [column.jsonb(), ['{"b": 1.0, "a": [1, "x \u2029", 1e400, 0.00001]}']],
  [column.hstore(), ['{"b": "1.0", "a": null}']],
  [column.bytea(), ['AAEC/w==']],
  [column.other(), ['so "so"']],
  [column.array(column.integer()), ['["[1:2]",["1",null]]']],
  [column.range(column.numeric()), ['["1.50",null,"(]"]', '[]']],
  [column.multirange(column.date()), ['[["2024-01-01","infinity","[)"]]', '[]']],
];

test.each([
  ['exact', '2419d02738e4630a656fd4d58c5be3bccb805873358fba1371a30abf8697179b'],
  ['fastapi', 'a041fff30999a5d4640195ccc4370b9869af8caff71cb5a54680be9415c6bb59'],
  ['drf', '64b91e6d48e1cf6410a95c5355b22a2e8c17b13fc29b7c17b8276cebb4ceb549'],
] as const)(
  'the form version stands for these records as %s: with another form of any value, it is to be raised',
  (json, hash) => {
    const lines = texts.flatMap(([kind, values]) => {
      const { columns } = defineTable({
        name: 'rows',
        relation: 'public.rows',
        key: 'id',
        json,
        columns: { id: column.integer(), value: kind },
      });
      return values.map((value) => encodeRecord({ value: columns[1]?.toJson(value) ?? null }));
    });
    expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(hash);
  },
);
