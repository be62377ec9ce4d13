import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KnownRun } from '../../lib/source/plan.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { collect, parsed } from '../fakes/collected.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

jest.setTimeout(60_000); // takes some seconds on an idle machine

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query('DROP TABLE IF EXISTS note');
  api.server.resetStats();
  api.reported.events.length = 0;
});

const notes = defineTable({
  name: 'notes',
  relation: 'public.note',
  key: 'id',
  columns: { id: column.integer(), body: column.text() },
});
const words = defineTable({
  name: 'notes',
  relation: 'public.note',
  key: 'id',
  columns: { id: column.text(), body: column.text() },
});

const runsOf = (records: readonly StoredRecord[], rows: number): KnownRun[] =>
  records
    .filter((_, at) => at % rows === 0)
    .map(({ key }, at) => ({
      firstKey: key,
      ...{ rows, bytes: 1_000_000 },
      digest: digestOf(records.slice(at * rows, (at + 1) * rows).map(({ source }) => source)),
    }));

describe('keys of 2,000 characters', () => {
  // A control character is six bytes of JSON.
  test.each(["repeat('x', 1990)", "repeat('\u0001', 1990)", "repeat('日', 1990)"])(
    'of %s are read and known like any other',
    async (prefix) => {
      await api.pool.query(`CREATE TABLE note (id text NOT NULL, body text NOT NULL);
        INSERT INTO note SELECT ${prefix} || lpad(n::text, 6, '0'), 'b' || n FROM generate_series(1, 2000) n ORDER BY random()`);
      const whole = await api.read(words);
      expect(whole.records.map(({ json }) => JSON.parse(json).body)).toEqual(
        Array.from({ length: 2_000 }, (_, n) => `b${n + 1}`),
      );
      const known = new Map([['notes', runsOf(whole.records, 20)]]);
      const kept = await api.read(words, { known });
      expect(kept).toMatchObject({ etag: whole.etag, records: [] });
      await api.pool.query("UPDATE note SET body = 'new'");
      const all = await api.read(words, { known });
      expect(all.records.map(({ json }) => JSON.parse(json).body)).toEqual(Array(2_000).fill('new'));
      expect(api.server.stats.maxResponseBytes).toBeLessThanOrEqual(1024 ** 2);
      expect(api.reported.events).toEqual([]);
    },
  );
});

test('a plan of more runs than an answer holds is read in one transaction', async () => {
  const small = await startTestDataApi({ maxResponseBytes: 8_000 });
  await small.pool.query(`CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO note SELECT n, 'b' FROM generate_series(1, 1000) n`);
  const { records } = await small.read(notes);
  await small.pool.query("UPDATE note SET body = 'c'");
  small.server.resetStats();
  const read = await small.read(notes, { known: new Map([['notes', runsOf(records, 2)]]) });
  expect(parsed(read.records)).toEqual(Array.from({ length: 1_000 }, (_, n) => ({ id: n + 1, body: 'c' })));
  expect(read.runs).toEqual(Array(500).fill({ kept: false, rows: 2 }));
  expect(small.server.stats).toMatchObject({ openTransactions: 0, calls: { BeginTransaction: 1 } });
  await small.close();
});

test('more runs than a request holds are read whole', async () => {
  await api.pool.query(`CREATE TABLE note (id text PRIMARY KEY, body text NOT NULL);
    INSERT INTO note VALUES ('a', 'b')`);
  const known = Array.from({ length: 4_000 }, (_, n) => ({
    firstKey: String(n).padStart(1_000, '0'),
    digest: 'x',
    ...{ rows: 1, bytes: 1_000 },
  }));
  const { records, runs } = await api.read(words, { known: new Map([['notes', known]]) });
  expect(records).toHaveLength(1);
  expect(runs[0]).toEqual({ kept: false, rows: 1 });
});

test('more tables than the SQL of a statement holds are read at one moment, in a transaction', async () => {
  const many = Array.from({ length: 120 }, (_, n) => ({ ...notes, name: `notes${n}` }));
  await api.pool.query(
    "CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL); INSERT INTO note VALUES (1, '0')",
  );
  let writing = true;
  const writer = (async () => {
    for (let n = 1; writing; n += 1) {
      await api.pool.query(`UPDATE note SET body = '${n}'`);
      await sleep(1); // or the rows that it left dead slow down everybody
    }
  })();
  const { tables } = await collect(api.source(many));
  writing = false;
  await writer;
  const found = Array.from(tables.values(), (table) =>
    'records' in table ? table.records[0]?.json : 'left out',
  );
  expect(found).toHaveLength(120);
  expect(new Set(found).size).toBe(1);
  expect(api.server.stats.calls.BeginTransaction).toBe(1);
});

test('twenty tables are read by one statement', async () => {
  const many = Array.from({ length: 20 }, (_, n) => ({ ...notes, name: `notes${n}` }));
  await api.pool.query(
    "CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL); INSERT INTO note VALUES (1, '0')",
  );
  const { tables } = await collect(api.source(many));
  expect(Array.from(tables.values())).toEqual(many.map(() => expect.objectContaining({ count: 1 })));
  expect(callsOf(api.server)).toBe(1);
});

test('a sink that has no room holds the read up, which is a few pages ahead and no more', async () => {
  await api.pool.query(`CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO note SELECT n, repeat(md5(n::text), 100) FROM generate_series(1, 5000) n`);
  let calls = 0;
  let waited = false;
  const { tables } = await collect(api.source([notes]), {
    async meanwhile() {
      if (waited) return;
      waited = true;
      await sleep(1_000); // time for the calls that must not come
      calls = callsOf(api.server);
    },
  });
  expect(tables.get('notes')).toMatchObject({ count: 5_000, records: { length: 5_000 } });
  expect(callsOf(api.server)).toBeGreaterThan(20);
  expect(calls).toBeLessThanOrEqual(1 + 4);
});

test('a large row comes in as many answers as it fills', async () => {
  const megabytes = 15;
  await api.pool.query(`CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO note SELECT 1, repeat(md5('x'), ${megabytes * 32_768}); INSERT INTO note VALUES (2, 'small')`);
  const startedMs = performance.now();
  const { records } = await api.read(notes);
  console.log(`a row of ${megabytes} MB: ${Math.round(performance.now() - startedMs)} ms`);
  expect(records.map(({ json }) => json.length)).toEqual([megabytes * 1024 ** 2 + 18, 23]);
  expect(callsOf(api.server)).toBeLessThanOrEqual(1 + Math.ceil((megabytes * 4) / 3) + 2);
});
