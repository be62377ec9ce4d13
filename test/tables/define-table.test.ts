import { describe, expect, test } from '@jest/globals';
import { checkTimeZones } from '../../lib/tables/check-time-zones.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../../lib/tables/define-table.ts';
import type { TableDefinition } from '../../lib/tables/table.ts';
import { topics } from '../support/tables/topics.ts';

const columns = { id: column.integer(), title: column.text(), price: column.numeric({ nullable: true }) };
const incomparable = {
  jsonb: column.jsonb(),
  hstore: column.hstore(),
  bytea: column.bytea(),
  other: column.other(),
  array: column.array(column.integer()),
  range: column.range(column.integer()),
  multirange: column.multirange(column.integer()),
};
type Changes = Partial<TableDefinition> & Record<string, unknown>;
const definition: TableDefinition = { name: 'rows', relation: 'public.rows', key: 'id', columns };
const define = (changes: Changes) => defineTable({ ...definition, ...changes });

test('an omitted option has its default', () => {
  expect(defineTable(definition)).toMatchObject({
    ...{ json: 'exact', timeZone: 'UTC', changedBy: ['public.rows'], mayLose: 1, strict: true },
    ...{ filterFields: ['id', 'title', 'price'], orderingFields: ['id', 'title', 'price'] },
    ...{ searchFields: ['title'], ordering: ['id'], maxPageSize: 1_000 },
  });
  // Columns that queries cannot compare are in neither list.
  expect(define({ columns: { ...columns, ...incomparable } })).toMatchObject({
    ...{ filterFields: ['id', 'title', 'price'], orderingFields: ['id', 'title', 'price'] },
  });
  expect(define({ envelope: 'drf' })).toMatchObject({ pageSize: 100, strict: false });
});

describe('a mistake is one sentence that names the table and the value', () => {
  test.each<[string, Changes, string]>([
    [
      'an unknown option',
      { orderings: [] },
      'unknown option "orderings": the options are name, relation, key',
    ],
    ['a reserved name', { name: 'refresh' }, '/refresh/ is a path of the service: choose another name'],
    ['a reserved name', { name: 'openapi.json' }, '/openapi.json/ is a path of the service'],
    ['a name that is no path segment', { name: 'My/Rows' }, 'the name is a segment of a path'],
    [
      'a relation without a schema',
      { relation: 'rows' },
      'a relation must look like public.bbs_topic, got "rows"',
    ],
    ['a relation of three parts', { relation: 'a.b.c' }, 'got "a.b.c"'],
    ['a source without a schema', { changedBy: ['rows'] }, 'got "rows"'],
    ['no source', { changedBy: [] }, 'changedBy is empty'],
    ['a key that is no column', { key: 'pk' }, 'the key "pk" is not one of the columns id, title, price'],
    ['a key that is a member of every object', { key: 'constructor' }, 'the key "constructor" is not one of'],
    [
      'a key that may be NULL',
      { columns: { id: column.integer({ nullable: true }) } },
      'may not be nullable',
    ],
    [
      'a key of another kind',
      { columns: { id: column.float() } },
      'is of kind float: a key is an integer, uuid',
    ],
    ['no columns', { columns: {} }, 'columns is empty'],
    ['a number as a member', { columns: { ...columns, 7: column.text() } }, 'the member "7" is a number'],
    ['__proto__', { columns: { ...columns, __proto__: column.text() } }, "write ['__proto__']"],
    [
      'an unknown filter',
      { filterFields: ['body'] },
      'filterFields names "body", which is not one of the columns',
    ],
    [
      'an unknown ordering',
      { ordering: ['-body'] },
      'ordering names "body", which is not one of the columns',
    ],
    [
      'a search in numbers',
      { searchFields: ['price'] },
      'searchFields names "price", which is not a text column',
    ],
    ...(['filterFields', 'orderingFields', 'ordering'] as const).flatMap((option) =>
      Object.entries(incomparable).map(([kind, definition]): [string, Changes, string] => [
        `${kind} in ${option}`,
        { columns: { ...columns, extra: definition }, [option]: ['extra'] },
        `${option} names "extra", a column of kind ${kind}, which no query can compare: take it out`,
      ]),
    ),
    ['an empty predicate', { where: ' ' }, 'where is empty'],
    ['a loss of more than all', { mayLose: 5 }, 'mayLose is a share from 0 to 1, got 5'],
    [
      'a time zone that is SQL',
      { timeZone: "UTC'||'" },
      'timeZone must be an IANA name like Asia/Tokyo, got',
    ],
    ['a page of nothing', { pageSize: 0 }, 'pageSize is a number of records from 1 to 10000, got 0'],
    ['a page above the most', { pageSize: 50, maxPageSize: 20 }, 'pageSize 50 is more than maxPageSize 20'],
  ])('%s', (_, changes, fault) => {
    const name = changes.name ?? 'rows';
    expect(() => define(changes)).toThrow(new RegExp(`^Table "${name}": .*\\.$`));
    expect(() => define(changes)).toThrow(fault);
  });

  test.each([
    ['json', 'django', 'json is "django": it must be exact, fastapi or drf'],
    ['envelope', 'list', 'envelope is "list": it must be drf'],
  ])('an unknown value of %s', (option, value, fault) => {
    // As from a file without type checks.
    const changes: Record<string, unknown> = { [option]: value };
    expect(() => define(changes)).toThrow(fault);
  });

  test('an unknown option of a column', () => {
    const misspelt = { ...column.text(), nulable: true };
    expect(() => define({ columns: { ...columns, misspelt } })).toThrow(
      'the column "misspelt" has an unknown option "nulable": the options are column, nullable',
    );
  });

  test('an array of arrays', () => {
    expect(() => column.array(column.array(column.integer()))).toThrow('the innermost array');
  });

  test('a range of what has no ranges', () => {
    expect(() => column.range(column.text())).toThrow('A range of text is not supported');
  });

  test('two tables of one name', () => {
    expect(() => defineDataset([topics, defineTable({ ...definition, name: 'topics' })])).toThrow(
      'Table "topics": two tables of the index have this name: rename one of them.',
    );
  });

  test('a time zone that does not exist, where the tables are checked', () => {
    const tables = defineDataset([topics, define({ timeZone: 'Asia/Tokio' })]);
    expect(() => checkTimeZones(tables)).toThrow(
      'Table "rows": timeZone is "Asia/Tokio", which does not exist',
    );
  });

  test('no table', () => {
    expect(() => defineDataset([])).toThrow('lists no table');
  });
});

test('a member may be called __proto__ where the file keeps it', () => {
  const table = define({ columns: { ...columns, ['__proto__']: column.text() } });
  expect(table.columns.map(({ name }) => name)).toEqual(['id', 'title', 'price', '__proto__']);
});
