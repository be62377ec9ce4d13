import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Pool, PoolClient } from 'pg';
import * as z from 'zod/mini';
import type { DataApi } from '../../lib/data-api/data-api.ts';
import { includes } from '../../lib/pg-snapshot.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import type { Table } from '../../lib/tables/table.ts';
import { type CollectedTable, collect, parsed } from '../fakes/collected.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { until } from '../support/until.ts';

jest.setTimeout(60_000); // takes some seconds on an idle machine

const counterOf = (name: string) =>
  defineTable({
    name,
    relation: `public.${name}`,
    key: 'id',
    columns: { id: column.integer(), round: column.integer(), filler: column.text() },
  });
const counter = counterOf('counter');
const other = counterOf('other');
const Rows = z.array(z.object({ id: z.int(), round: z.int(), filler: z.string() }));
const rowsOf = (records: readonly StoredRecord[]) => Rows.parse(parsed(records));

/** About five pages of counters. */
const responseBytes = 8_000;
let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: responseBytes });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query(`DROP TABLE IF EXISTS counter, other;
    CREATE TABLE counter (id int PRIMARY KEY, round int NOT NULL, filler text NOT NULL);
    CREATE TABLE other (id int PRIMARY KEY, round int NOT NULL, filler text NOT NULL);
    INSERT INTO counter SELECT n, 0, '' FROM generate_series(1, 50) AS n;
    INSERT INTO other SELECT n, 0, '' FROM generate_series(1, 40) AS n`);
  api.reported.events.length = 0;
  api.server.resetStats();
});

/** Every table of the dataset. @throws the reason why a table was left out */
async function readAll(tables: readonly Table[], options: { api?: DataApi } = {}) {
  const { tables: found, ...read } = await collect(api.source(tables, options));
  const table = ({ name }: Table): CollectedTable => {
    const one = found.get(name);
    if (one === undefined || 'reason' in one) throw one?.error ?? new TypeError(name);
    return one;
  };
  return { ...read, table };
}

test('two tables written in one transaction are read at one moment under concurrent commits', async () => {
  let writing = true;
  const writer = (async () => {
    // At each commit, all rows of both tables have the same number, which is also the number of rows.
    for (let round = 1; writing; round += 1) {
      const fill = (table: string, count: number) => `DELETE FROM ${table};
        INSERT INTO ${table} SELECT n * ${1 + (round % 3)}, ${round}, repeat('x', 600 + ${round} % 50)
        FROM generate_series(1, ${count}) AS n ORDER BY random()`;
      await api.pool.query(
        `BEGIN; ${fill('counter', 40 + (round % 21))}; ${fill('other', round % 7)}; COMMIT`,
      );
      await sleep(5); // otherwise its dead rows slow down all sessions
    }
  })();
  const rounds = new Set<unknown>();
  try {
    for (let reads = 0; reads < 60; reads += 1) {
      const { table } = await readAll([counter, other]);
      const [first, second] = [rowsOf(table(counter).records), rowsOf(table(other).records)];
      const round = first[0]?.round ?? 0;
      expect(new Set([...first, ...second].map((row) => row.round)).size).toBe(1);
      if (round > 0) expect([first.length, second.length]).toEqual([40 + (round % 21), round % 7]);
      expect(first.map(({ id }) => id)).toEqual(
        first.map((_, at) => (at + 1) * (round === 0 ? 1 : 1 + (round % 3))),
      );
      rounds.add(round);
    }
  } finally {
    writing = false;
    await writer;
  }
  expect(rounds.size).toBeGreaterThan(20); // proves that writes happened meanwhile
});

test('a read returns what plain SELECTs see in the snapshot that it names', async () => {
  const tables = [counter, other];
  const change = fc.record({
    table: fc.constantFrom('counter', 'other'),
    sql: fc.constantFrom('insert', 'update', 'delete', 'grow'),
    id: fc.integer({ min: -20, max: 120 }),
    rollBack: fc.boolean(),
  });
  const sqlOf = ({ table, sql, id }: { table: string; sql: string; id: number }) => {
    if (sql === 'insert')
      return `INSERT INTO ${table} SELECT n, 1, 'é' FROM generate_series(${id}, ${id + 9}) AS n ON CONFLICT DO NOTHING`;
    if (sql === 'update') return `UPDATE ${table} SET round = round + 1 WHERE id BETWEEN ${id} AND ${id + 5}`;
    if (sql === 'grow')
      return `UPDATE ${table} SET filler = repeat(md5('${id}'), ${(id % 30) + 30}) WHERE id = ${id}`;
    return `DELETE FROM ${table} WHERE id BETWEEN ${id} AND ${id + 3}`;
  };
  const momentOf = async (session: Pool | PoolClient) =>
    (await session.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot')).rows[0]
      ?.snapshot;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 5 }), async (batches) => {
      let known = new Map();
      const copies = new Map<string, StoredRecord[]>();
      for (const batch of batches) {
        for (const one of batch)
          await api.pool.query(`BEGIN; ${sqlOf(one)}; ${one.rollBack ? 'ROLLBACK' : 'COMMIT'}`);
        const client = await api.pool.connect();
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        const moment = await momentOf(client);
        const read = await collect(api.source(tables), { known });
        // The transactions of other test files on the same server move the moment.
        if ((await momentOf(api.pool)) === moment) {
          expect(read.snapshot).toBe(moment);
          compared += 1;
        }
        known = new Map();
        for (const { name } of tables) {
          const table = read.tables.get(name);
          if (table === undefined || 'reason' in table) throw new TypeError(`${name} was left out`);
          const before = copies.get(name) ?? [];
          const after = merged(before, table);
          const expected = await client.query(`SELECT id, round, filler FROM ${name} ORDER BY id`);
          expect(rowsOf(after)).toEqual(expected.rows);
          expect(table.count).toBe(after.length);
          copies.set(name, after);
          known.set(name, runsOf(after));
        }
        await client.query('ROLLBACK');
        client.release();
      }
    }),
    { numRuns: 15 },
  );
  expect(compared).toBeGreaterThan(0);
});

/** A DataApi that changes a row before the first pages outside a transaction are read. */
function changing(dataApi: DataApi, change: () => Promise<unknown>): DataApi {
  let changed: Promise<unknown> | undefined;
  return {
    ...dataApi,
    query: (options) => async (row, sql, values) => {
      if (sql.includes('CAST(:ranges')) {
        changed ??= change();
        await changed;
      }
      return dataApi.query(options)(row, sql, values);
    },
  };
}

const growAll = "UPDATE counter SET filler = repeat('x', 700)";

test('a row that changes between the plan and its page makes one transaction, whose rows are of its moment', async () => {
  await api.pool.query(growAll);
  const { rows } = await api.pool.query('SELECT pg_current_xact_id()::text AS id');
  const { table, snapshot } = await readAll([counter, other], {
    api: changing(api.dataApi(), () => api.pool.query('UPDATE counter SET round = 7 WHERE id = 30')),
  });
  expect(rowsOf(table(counter).records).filter(({ round }) => round === 7)).toHaveLength(1);
  expect(table(counter).records).toHaveLength(50);
  expect(table(other).records).toHaveLength(40);
  expect(includes({ snapshot }, String(rows[0]?.id))).toBe(true);
  expect(api.server.stats).toMatchObject({ openTransactions: 0, calls: { BeginTransaction: 1 } });
});

/** A read whose transaction already has its moment, and waits for a lock on the table. */
async function readWhile(replace: string, tables: readonly Table[]) {
  await api.pool.query(growAll);
  const dataApi = changing(api.dataApi(), () => api.pool.query('UPDATE counter SET round = 2 WHERE id = 1'));
  let replacing: Promise<unknown> | undefined;
  const replaced: DataApi = {
    ...dataApi,
    readTransaction: (options, use) =>
      dataApi.readTransaction(options, async (query) => {
        if (replacing !== undefined) return use(query);
        const client = await api.pool.connect();
        await client.query(`BEGIN; ${replace}`);
        replacing = (async () => {
          await until('the read waits for the lock', async () => (await waiting()) > 0);
          await client.query(
            `INSERT INTO counter SELECT n, 1, '' FROM generate_series(101, 130) AS n; COMMIT`,
          );
          client.release();
        })();
        return use(query);
      }),
  };
  const read = await readAll(tables, { api: replaced });
  await replacing;
  return read;
}

describe.each([
  ['a table', 'CREATE TABLE counter (id int PRIMARY KEY, round int NOT NULL, filler text NOT NULL)'],
  [
    'a partitioned table',
    `CREATE TABLE counter (id int PRIMARY KEY, round int NOT NULL, filler text NOT NULL) PARTITION BY RANGE (id);
      CREATE TABLE counter_low PARTITION OF counter FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (id);
      CREATE TABLE counter_lowest PARTITION OF counter_low FOR VALUES FROM (0) TO (500);
      CREATE TABLE counter_high PARTITION OF counter FOR VALUES FROM (1000) TO (2000)`,
  ],
])('%s that is emptied and filled in one transaction is never read as empty', (_, create) => {
  beforeEach(async () => {
    await api.pool.query(`DROP TABLE counter; ${create}`);
    await api.pool.query("INSERT INTO counter SELECT n, 0, '' FROM generate_series(1, 50) AS n");
  });

  test.each(['TRUNCATE counter', 'ALTER TABLE counter ALTER filler TYPE text USING filler || 1'])(
    'by %s',
    async (replace) => {
      const { table } = await readWhile(replace, [counter]);
      const records = rowsOf(table(counter).records);
      expect(records.filter(({ round }) => round === 1)).toHaveLength(30);
      expect(api.reported.names()).toEqual(['dataset.read_again']);
    },
  );

  test('through a view that names it in changedBy', async () => {
    await api.pool.query('CREATE VIEW seen AS SELECT id, round, filler FROM counter');
    const seen = { ...counterOf('seen'), changedBy: ['public.counter'] };
    const { table } = await readWhile('TRUNCATE counter', [seen]);
    expect(rowsOf(table(seen).records).filter(({ round }) => round === 1)).toHaveLength(30);
    expect(api.reported.names()).toEqual(['dataset.read_again']);
    await api.pool.query('DROP VIEW seen');
  });
});

test('a relation whose rows differ within one moment is left out by name, and no read is "interrupted"', async () => {
  await api.pool.query(
    `CREATE VIEW seen AS SELECT id, round, repeat('x', 700) || random() AS filler FROM counter`,
  );
  const seen = counterOf('seen');
  const { tables } = await collect(api.source([seen, other]));
  expect(tables.get('seen')).toMatchObject({ reason: 'lasting', error: { code: 'table_unstable' } });
  expect(tables.get('other')).toMatchObject({ count: 40 });
  await api.pool.query('DROP VIEW seen');
});

/** The known runs, with the records that replaced them. */
function merged(before: readonly StoredRecord[], { records, runs }: CollectedTable): StoredRecord[] {
  const starts = startsOf(before);
  let read = 0;
  return runs.flatMap(({ kept, rows }, run) => {
    if (kept) return before.slice(starts[run], starts[run + 1]);
    read += rows;
    return records.slice(read - rows, read);
  });
}

const startsOf = (records: readonly StoredRecord[]) => records.flatMap((_, at) => (at % 7 === 0 ? [at] : []));

const runsOf = (records: readonly StoredRecord[]) =>
  startsOf(records).map((start, at, starts) => ({
    firstKey: records[start]?.key ?? '',
    bytes: 0,
    digest: digestOf(records.slice(start, starts[at + 1]).map(({ source }) => source)),
  }));

async function waiting() {
  const { rows } = await api.pool.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return Number(rows[0]?.n);
}
