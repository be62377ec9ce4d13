import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { PoolClient } from 'pg';
import { mostRowBytes } from '../../lib/source/plan-sql.ts';
import type { ColumnDefinition } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { Table } from '../../lib/tables/table.ts';
import { collect } from '../fakes/collected.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { until } from '../support/until.ts';
import { createPgDataApi } from './pg-data-api.ts';

jest.setTimeout(60_000); // takes some seconds on an idle machine

const tableOf = (name: string, key: ColumnDefinition = column.integer()) =>
  defineTable({ name, relation: `public.${name}`, key: 'k', columns: { k: key, v: column.text() } });
const fine = tableOf('fine');
const bad = tableOf('bad');

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 100_000 });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public;
    CREATE TABLE fine (k int PRIMARY KEY, v text NOT NULL);
    INSERT INTO fine SELECT n, 'v' || n FROM generate_series(1, 30) AS n`);
  api.server.resetStats();
  api.reported.events.length = 0;
});

/** Resolves once a session of the database is in a state. */
const untilActive = (condition: string) =>
  until(condition, async () => {
    const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`;
    return (await api.pool.query(sql)).rowCount === 1;
  });

/** What one table is left out for, while the other is read whole. */
async function leftOut(sql: string, table: Table = bad, reason = 'lasting') {
  await api.pool.query(sql);
  const { tables } = await collect(api.source([table, fine]));
  expect(tables.get('fine')).toMatchObject({ count: 30, records: { length: 30 } });
  const left = tables.get(table.name);
  if (left === undefined || !('reason' in left)) throw new TypeError(`${table.name} was read`);
  expect(left.reason).toBe(reason);
  return left.error;
}

const badTable = 'CREATE TABLE bad (k int PRIMARY KEY, v text NOT NULL)';

describe('a table with a lasting fault is left out by its name, and the others are read', () => {
  test.each([
    ['it does not exist', 'SELECT 1', 'schema_drift'],
    ['its schema does not exist', 'SELECT 1', 'schema_drift', { ...bad, relation: 'nowhere.bad' }],
    ['a column is missing', 'CREATE TABLE bad (k int PRIMARY KEY)', 'schema_drift'],
    ['a column is of another type', 'CREATE TABLE bad (k int PRIMARY KEY, v int NOT NULL)', 'schema_drift'],
    ['a column may be NULL', 'CREATE TABLE bad (k int PRIMARY KEY, v text)', 'schema_drift'],
    [
      'its predicate names a column that is not there',
      badTable,
      'table_unreadable',
      { ...bad, where: 'gone' },
    ],
    [
      'its predicate raises an error for a row',
      `${badTable}; INSERT INTO bad VALUES (1, 'x')`,
      'table_unreadable',
      { ...bad, where: '1 / (k - 1) > 0' },
    ],
    ['its view raises an error', "CREATE VIEW bad AS SELECT 1 / 0 AS k, 'x'::text AS v", 'table_unreadable'],
  ])('%s', async (_, sql, code, table: Table = bad) => {
    const error = await leftOut(sql, table);
    expect(error.code).toBe(code);
    expect(error.message).toContain(table.relation);
  });

  test('what the catalogue says, and SQL can read, costs one statement', async () => {
    expect((await leftOut('CREATE TABLE bad (k int PRIMARY KEY, v text)')).code).toBe('schema_drift');
    expect(callsOf(api.server)).toBe(1);
    expect(api.reported.events).toEqual([]);
  });

  test('a view that returns NULL in a column declared without NULL', async () => {
    const error = await leftOut(
      'CREATE VIEW bad AS SELECT n AS k, NULL::text AS v FROM generate_series(1, 3) n',
    );
    expect(error).toMatchObject({
      code: 'row_invalid',
      message: 'The row of public.bad with k 1 does not fit: v: NULL, which the column may not be.',
    });
    expect(callsOf(api.server)).toBe(1);
  });

  test('the role has no right to the schema, to the table or to a column of it', async () => {
    await api.pool.query(`${badTable}; CREATE SCHEMA closed; CREATE TABLE closed.bad (k int PRIMARY KEY, v text NOT NULL);
      DROP ROLE IF EXISTS reader; CREATE ROLE reader; GRANT SELECT ON fine TO reader;
      CREATE TABLE half (k int PRIMARY KEY, v text NOT NULL); GRANT SELECT (k) ON half TO reader`);
    const asReader = await createPgDataApi(api.url, { role: 'reader' });
    const tables = [bad, { ...tableOf('closed'), relation: 'closed.bad' }, tableOf('half'), fine];
    const read = await collect(api.source(tables, { api: asReader }));
    await asReader.close();
    const advice = 'grant it USAGE on the schema and SELECT on the relation.';
    const messageOf = (what: string) => ({
      reason: 'lasting',
      error: {
        code: 'table_not_readable',
        message: `The database's role may not read ${what}: ${advice}`,
      },
    });
    expect(read.tables.get('bad')).toMatchObject(messageOf('public.bad'));
    expect(read.tables.get('closed')).toMatchObject(messageOf('closed.bad'));
    expect(read.tables.get('half')).toMatchObject(messageOf('v of public.half'));
    expect(read.tables.get('fine')).toMatchObject({ count: 30 });
    await api.pool.query('DROP OWNED BY reader; DROP ROLE reader');
  });

  test('every table may be left out: the moment is read all the same', async () => {
    const read = await collect(api.source([bad]), { pending: ['3'] });
    expect(read).toMatchObject({ snapshot: expect.stringMatching(/^\d+:\d+:/), settled: ['3'] });
    expect(read.tables.get('bad')).toMatchObject({ reason: 'lasting', error: { code: 'schema_drift' } });
  });
});

describe('a key that is not unique is one clear error, at every read, whatever the size of the table', () => {
  const message = (fault: string) =>
    `The key k of public.bad ${fault}. A table needs a primary key or a unique index on it, a view must give each key once.`;

  test.each([
    ['an inherited table', 'CREATE TABLE child () INHERITS (bad)', 'integer', 'k bigint PRIMARY KEY'],
    ['no primary key', 'CREATE TABLE unused ()', 'integer', 'k bigint NOT NULL'],
    ['no primary key, of texts', 'CREATE TABLE unused ()', 'text', 'k text NOT NULL'],
    ['no primary key, of uuids', 'CREATE TABLE unused ()', 'uuid', 'k uuid NOT NULL'],
  ] as const)('%s', async (_, child, kind, key) => {
    const keyOf = { integer: 'n', text: `'k' || n`, uuid: 'md5(n::text)::uuid' }[kind];
    const keyColumn = { integer: column.integer, text: column.text, uuid: column.uuid }[kind]();
    for (const rows of [2, 500, 5_000]) {
      await api.pool.query(`DROP TABLE IF EXISTS child, unused, bad; CREATE TABLE bad (${key}, v text NOT NULL); ${child};
        INSERT INTO bad SELECT ${keyOf}, repeat(md5(n::text), 5) FROM generate_series(1, ${rows}) n ORDER BY random();
        INSERT INTO ${child.includes('INHERITS') ? 'child' : 'bad'} SELECT ${keyOf}, 'again' FROM (VALUES (2)) AS one(n)`);
      const error = await leftOut('SELECT 1', tableOf('bad', keyColumn));
      expect(error).toMatchObject({ code: 'key_not_unique', message: message('is not unique') });
    }
    const { tables } = await collect(api.source([tableOf('bad', keyColumn)]));
    const left = tables.get('bad');
    const example = { integer: '2', text: 'k2', uuid: 'c81e728d-9d4c-2f63-6f06-7f89cc14862c' }[kind];
    expect(left && 'reason' in left && left.error.cause).toEqual(
      new Error(`more than one row has the key ${example}`),
    );
  });

  test('a view whose key is NULL in a row', async () => {
    const error = await leftOut(
      "CREATE VIEW bad AS SELECT nullif(n, 5) AS k, 'v' AS v FROM generate_series(1, 9) n",
    );
    expect(error).toMatchObject({
      code: 'key_not_unique',
      message: message('is NULL in at least one row'),
    });
  });
});

test('a row that is larger than is read is named by its key, beside the limit', async () => {
  const error = await leftOut(`${badTable}; INSERT INTO bad VALUES (1, 'small');
    INSERT INTO bad SELECT 2, repeat(md5('x'), ${mostRowBytes / 32})`);
  expect(error).toMatchObject({
    code: 'row_too_large',
    message: expect.stringContaining(`The row of public.bad with k 2 has more than ${mostRowBytes} bytes`),
  });
});

describe('a table that cannot be locked for 2 s is left out, and the others are read', () => {
  let holder: PoolClient;
  beforeEach(async () => {
    await api.pool.query(`${badTable}; CREATE INDEX bad_v ON bad (v); INSERT INTO bad VALUES (1, 'x')`);
    holder = await api.pool.connect();
  });

  test.each([
    ['a lock on the table', 'LOCK TABLE bad', bad],
    ['TRUNCATE', 'TRUNCATE bad', bad],
    ['a lock on its index', 'REINDEX INDEX bad_v', bad],
    ['a lock on the table of a view', 'LOCK TABLE ONLY bad', tableOf('bad_view')],
    ['a lock on a partition', 'LOCK TABLE part_low', tableOf('part')],
  ])('%s', async (_, lock, table) => {
    await api.pool.query(`CREATE VIEW bad_view AS SELECT * FROM bad;
      CREATE TABLE part (k int PRIMARY KEY, v text NOT NULL) PARTITION BY RANGE (k);
      CREATE TABLE part_low PARTITION OF part FOR VALUES FROM (0) TO (10)`);
    await holder.query(`BEGIN; ${lock}`);
    try {
      const startedMs = performance.now();
      const error = await leftOut('SELECT 1', table, 'locked');
      expect(error).toMatchObject({ code: 'table_locked', retryAfterMs: 2_000 });
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const { tables } = await collect(api.source([table, fine]));
    expect(tables.get(table.name)).not.toHaveProperty('reason');
  });

  test('a lock that is released in time is waited for', async () => {
    await holder.query('BEGIN; LOCK TABLE bad');
    const reading = collect(api.source([bad, fine]));
    await untilActive("wait_event_type = 'Lock'");
    await holder.query("INSERT INTO bad VALUES (2, 'y'); COMMIT");
    holder.release();
    expect((await reading).tables.get('bad')).toMatchObject({ count: 2 });
    expect(api.reported.events).toEqual([]);
  });

  test('a writer that waits for its lock behind a long read does not block that read', async () => {
    holder.release();
    const slow = { ...bad, where: 'pg_sleep(3) IS NOT NULL' };
    const reading = collect(api.source([slow, fine]));
    await untilActive("wait_event = 'PgSleep'");
    const truncating = api.pool.query('TRUNCATE bad');
    const reader = api.pool.query('SELECT FROM bad'); // it waits behind the writer
    expect((await reading).tables.get('bad')).toMatchObject({ count: 1 });
    await truncating;
    await reader;
    expect(api.reported.events).toEqual([]);
  });
});

test('a lock_timeout of the database differs from a database that does not answer', async () => {
  const own = await startTestDataApi();
  await own.pool.query(`ALTER DATABASE ${new URL(own.url).pathname.slice(1)} SET lock_timeout = '300ms'`);
  await own.pool.query(`${badTable}; CREATE TABLE fine (k int PRIMARY KEY, v text NOT NULL)`);
  const holder = await own.pool.connect();
  await holder.query('BEGIN; LOCK TABLE bad');
  const { tables } = await collect(own.source([bad, fine]));
  await holder.query('ROLLBACK');
  holder.release();
  expect(tables.get('bad')).toMatchObject({ reason: 'locked', error: { code: 'table_locked' } });
  expect(tables.get('fine')).toMatchObject({ count: 0 });
  await own.close();
});
