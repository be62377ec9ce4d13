import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { StatementError } from '../../lib/data-api/errors.ts';
import type { KnownRun } from '../../lib/source/plan.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { type CollectedTable, collect, parsed } from '../fakes/collected.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  api.server.resetStats();
});

const noteOf = (name: string) =>
  defineTable({
    name,
    relation: `public.${name}`,
    key: 'id',
    columns: { id: column.integer(), body: column.text() },
  });
const note = noteOf('note');
const create = (name: string) => `CREATE TABLE ${name} (id int PRIMARY KEY, body text NOT NULL);`;
const insert = (name: string) => `INSERT INTO ${name} SELECT n, 'b' || n FROM generate_series(1, 20) AS n;`;

const knownOf = (records: readonly StoredRecord[]): KnownRun[] =>
  [records.slice(0, 10), records.slice(10)].map((some) => ({
    firstKey: some[0]?.key ?? '',
    digest: digestOf(some.map(({ source }) => source)),
    ...{ rows: some.length, bytes: 500 },
  }));

test('small tables are read by one statement, and rows of unchanged runs reach no sink', async () => {
  const other = noteOf('other');
  await api.pool.query(create('note') + insert('note') + create('other') + insert('other'));
  const [first, second] = [await api.read(note), await api.read(other)];
  const known = new Map([
    ['note', knownOf(first.records)],
    ['other', knownOf(second.records)],
  ]);
  await api.pool.query("UPDATE other SET body = 'new' WHERE id = 15");
  api.server.resetStats();
  const { tables } = await collect(api.source([note, other]), { known });
  expect(callsOf(api.server)).toBe(1);
  expect(tables.get('note')).toMatchObject({ etag: first.etag, count: 20, records: [] });
  const changed = tables.get('other');
  if (changed === undefined || 'reason' in changed) throw new TypeError('other was left out');
  expect(changed.runs).toEqual([
    { kept: true, rows: 10 },
    { kept: false, rows: 10 },
  ]);
  expect(parsed(changed.records)[4]).toEqual({ id: 15, body: 'new' });
});

test('a table that was published empty is read with the others by one statement, and its first rows are found', async () => {
  const other = noteOf('other');
  await api.pool.query(create('note') + insert('note') + create('other'));
  const [first, empty] = [await api.read(note), await api.read(other)];
  const known = new Map([['note', knownOf(first.records)]]);
  const etags = new Map([
    ['note', first.etag],
    ['other', empty.etag],
  ]);
  const source = api.source([note, other]);
  for (let times = 0; times < 2; times += 1) {
    api.server.resetStats();
    const { tables } = await collect(source, { known, etags });
    expect(callsOf(api.server)).toBe(1);
    expect(tables.get('other')).toMatchObject({ etag: empty.etag, count: 0, records: [] });
  }
  await api.pool.query(insert('other'));
  api.server.resetStats();
  const { tables } = await collect(source, { known, etags });
  expect(callsOf(api.server)).toBe(1);
  const filled = await api.read(other);
  expect(tables.get('other')).toMatchObject({ etag: filled.etag, count: 20, records: filled.records });
});

test('rows are not taken for unchanged if fewer of them are known', async () => {
  await api.pool.query(create('note') + insert('note'));
  const { records, etag } = await api.read(note);
  const etags = new Map([['note', etag]]);
  const source = api.source([note]);
  await collect(source, { known: new Map([['note', knownOf(records)]]), etags });
  const { tables } = await collect(source, { known: new Map(), etags });
  expect(tables.get('note')).toMatchObject({ etag, count: 20, records });
});

describe('the rows of a small table, as a container has read them last,', () => {
  const big = "INSERT INTO note SELECT n, repeat('b', 1000) FROM generate_series(1, 50) AS n;";
  const other = noteOf('other');

  async function readTwice(etagOf: (read: CollectedTable) => string) {
    await api.pool.query(create('note') + big + create('other') + insert('other'));
    const [first, second] = [await api.read(note), await api.read(other)];
    const known = new Map([
      ['note', knownOf(first.records)],
      ['other', knownOf(second.records)],
    ]);
    const etags = new Map([
      ['note', etagOf(first)],
      ['other', second.etag],
    ]);
    const source = api.source([note, other]);
    await collect(source, { known, etags });
    await api.pool.query("UPDATE other SET body = 'new' WHERE id = 15");
    api.server.resetStats();
    const { tables } = await collect(source, { known, etags });
    expect(callsOf(api.server)).toBe(1);
    const { responseBytes } = api.server.stats;
    const runs = [
      { kept: true, rows: 10 },
      { kept: true, rows: 40 },
    ];
    expect(tables.get('note')).toMatchObject({ etag: first.etag, count: 50, records: [], runs });
    const changed = await api.read(other);
    expect(tables.get('other')).toMatchObject({ etag: changed.etag, records: changed.records.slice(10) });
    return responseBytes;
  }

  test('stay in the database if that is what is published', async () => {
    expect(await readTwice(({ etag }) => etag)).toBeLessThan(8_000);
  });

  test('are read if another state is published', async () => {
    expect(await readTwice(() => 'another')).toBeGreaterThan(50_000);
  });
});

describe('a table that is not ordinary, or has grown, is read by a plan, and for ten minutes without another try', () => {
  test.each<[what: string, sql: string]>([
    [
      'a partitioned table',
      `CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL) PARTITION BY RANGE (id);
       CREATE TABLE low PARTITION OF note FOR VALUES FROM (0) TO (100);`,
    ],
    ['a table with a child', `${create('note')} CREATE TABLE child () INHERITS (note);`],
    [
      'a column of a domain',
      'CREATE DOMAIN sentence AS text; CREATE TABLE note (id int PRIMARY KEY, body sentence NOT NULL);',
    ],
    ['a view', `${create('stored')} CREATE VIEW note AS SELECT * FROM stored;`],
    [
      'much storage',
      `${create('note')} ALTER TABLE note ALTER body SET STORAGE EXTERNAL;
       INSERT INTO note VALUES (99, repeat('x', 4000000)); DELETE FROM note;`,
    ],
    ['a result beyond a response', `${create('note')} INSERT INTO note VALUES (99, repeat('x', 1500000));`],
  ])('%s', async (_, sql) => {
    await api.pool.query(sql + insert('note'));
    const { records, etag } = await api.read(note);
    let laterMs = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + laterMs };
    const source = api.source([note], { clock });
    const read = async () => {
      api.server.resetStats();
      const { tables } = await collect(source, {
        known: new Map([['note', knownOf(records)]]),
        deadlineMs: clock.now() + 60_000,
      });
      expect(tables.get('note')).toMatchObject({ etag, records: [] });
      return callsOf(api.server);
    };
    expect([await read(), await read()]).toEqual([2, 1]);
    laterMs = 10 * 60_000;
    expect(await read()).toBe(2);
  });
});

test.each(['54000', 'XX000'])(
  'tables whose text exceeds what PostgreSQL can hold in one value (%s) are read by a plan',
  async (code) => {
    await api.pool.query(create('note') + insert('note'));
    const { records, etag } = await api.read(note);
    const dataApi = api.dataApi();
    let refused = 0;
    const source = api.source([note], {
      api: {
        ...dataApi,
        query: (options) => async (row, sql, values) => {
          if (!sql.includes('all0')) return dataApi.query(options)(row, sql, values);
          refused += 1;
          throw new StatementError(new Error(`ERROR: too long; SQLState: ${code}`));
        },
      },
    });
    for (let times = 0; times < 2; times += 1) {
      const { tables } = await collect(source, { known: new Map([['note', knownOf(records)]]) });
      expect(tables.get('note')).toMatchObject({ etag, count: 20, records: [] });
    }
    expect(refused).toBe(1);
  },
);

test.each<[what: string, sql: string, code: string]>([
  [
    'a key that is not unique',
    'ALTER TABLE note DROP CONSTRAINT note_pkey; UPDATE note SET id = 7 WHERE id = 8',
    'key_not_unique',
  ],
  ['a column that allows NULL', 'ALTER TABLE note ALTER body DROP NOT NULL', 'schema_drift'],
  ['a column of another type', 'ALTER TABLE note ALTER body TYPE json USING to_json(body)', 'schema_drift'],
  ['a missing column', 'ALTER TABLE note DROP body', 'schema_drift'],
  ['a missing table', 'DROP TABLE note', 'schema_drift'],
])('%s is named, as by a plan, even if the rows are as they were last read', async (_, sql, code) => {
  await api.pool.query(create('note') + insert('note'));
  const { records, etag } = await api.read(note);
  const options = { known: new Map([['note', knownOf(records)]]), etags: new Map([['note', etag]]) };
  const source = api.source([note]);
  for (let times = 0; times < 2; times += 1)
    expect((await collect(source, options)).tables.get('note')).toMatchObject({ etag, records: [] });
  await api.pool.query(sql);
  expect((await collect(source, options)).tables.get('note')).toMatchObject({ error: { code } });
});
