import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { DataApi } from '../../lib/data-api/data-api.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { inAMinute, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

jest.setTimeout(30_000); // they take a second or two, on a machine that has nothing else to do

const counters = defineTable({
  name: 'counters',
  relation: 'public.counters',
  columns: { id: column.integer(), round: column.integer(), filler: column.text() },
  key: 'id',
});

/** About five pages of counters. */
const responseBytes = 8_000;
let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: responseBytes });
  await api.pool.query('CREATE TABLE counter (id int PRIMARY KEY, round int NOT NULL, filler text NOT NULL)');
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query(
    "TRUNCATE counter; INSERT INTO counter SELECT n, 0, '' FROM generate_series(1, 50) AS n",
  );
});

const read = () => api.reader(counters, 'public.counter').read(inAMinute());

test('a writer that commits between the pages never tears a read', async () => {
  let writing = true;
  const writer = (async () => {
    // Rows are changed, moved and renumbered; at each commit all have one number, and 40 to 60 are there.
    for (let round = 1; writing; round += 1) {
      await api.pool.query(`BEGIN; DELETE FROM counter;
        INSERT INTO counter SELECT n * ${1 + (round % 3)}, ${round}, repeat('x', 600 + ${round} % 50)
        FROM generate_series(1, 40 + ${round} % 21) AS n ORDER BY random(); COMMIT`);
      await sleep(5); // or the rows that it left dead slow down everybody
    }
  })();
  const rounds = new Set<unknown>();
  const ranks: number[] = [];
  try {
    for (let reads = 0; reads < 60; reads += 1) {
      const { records, moment } = await read();
      const round = Number(records[0]?.['round']);
      expect(new Set(records.map((record) => record['round'])).size).toBe(1);
      if (round > 0) expect(records).toHaveLength(40 + (round % 21));
      expect(records.map(({ id }) => Number(id))).toEqual(
        records.map((_, at) => (at + 1) * (round === 0 ? 1 : 1 + (round % 3))),
      );
      rounds.add(round);
      ranks.push(moment.rank);
    }
  } finally {
    writing = false;
    await writer;
  }
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  expect(rounds.size).toBeGreaterThan(30); // or nobody wrote meanwhile
}, 30_000);

/** A row larger than an answer is read in a transaction: one that has its moment, and not yet the table. */
async function readWhile(replace: string) {
  await api.pool.query("UPDATE counter SET filler = repeat('x', 9000) WHERE id = 1");
  const dataApi = api.dataApi();
  let replacing: Promise<unknown> | undefined;
  const replaced: DataApi = {
    ...dataApi,
    readTransaction: (options, use) =>
      dataApi.readTransaction(options, async (query) => {
        if (replacing !== undefined) return use(query);
        const client = await api.pool.connect();
        await client.query(`BEGIN; ${replace}`);
        replacing = (async () => {
          while ((await waiting()) === 0) await sleep(5); // the read waits for the lock, with a moment from before it
          await client.query(
            `INSERT INTO counter SELECT n, 1, '' FROM generate_series(101, 130) AS n; COMMIT`,
          );
          client.release();
        })();
        return use(query);
      }),
  };
  const { records } = await api.reader(counters, 'public.counter', { api: replaced }).read(inAMinute());
  await replacing;
  return records;
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
    api.reported.events.length = 0;
  });

  test.each(['TRUNCATE counter', 'ALTER TABLE counter ALTER filler TYPE text USING filler || 1'])(
    'by %s',
    async (replace) => {
      const records = await readWhile(replace);
      expect(records.filter(({ round }) => round === 1)).toHaveLength(30);
      expect(api.reported.names()).toEqual(['table.read_again']);
    },
  );
});

async function waiting() {
  const { rows } = await api.pool.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return Number(rows[0]?.n);
}
