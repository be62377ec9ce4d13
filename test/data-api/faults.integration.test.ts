import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DatabaseUnavailableError, StatementError, TransactionLostError } from '../../lib/data-api/errors.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { FaultInput } from '../../local/data-api/faults.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

const notes = defineTable({
  name: 'notes',
  relation: 'public.note',
  columns: { id: column.integer(), body: column.text() },
  key: 'id',
});

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 10_000 });
  await api.pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
  await api.pool.query("INSERT INTO note SELECT n, repeat('x', 1000) FROM generate_series(1, 20) AS n");
  // Its row differs between two statements, but not between two of one transaction.
  await api.pool.query(
    "CREATE VIEW moving AS SELECT 1 AS id, repeat('x', 10000) || extract(epoch FROM now()) AS body",
  );
});
afterAll(() => api.close());
beforeEach(() => {
  api.server.faults.clear();
  api.server.resetStats();
  api.reported.events.length = 0;
});

const read = (forMs = 10_000, relation = 'public.note') =>
  api.read({ ...notes, relation }, { deadlineMs: Date.now() + forMs });

const sites = {
  plan: { sqlContains: 'AS fits' },
  page: { sqlContains: 'served AS NOT MATERIALIZED' },
  begin: { operation: 'BeginTransaction' },
  set: { sqlContains: 'SET TRANSACTION' },
  rollback: { operation: 'RollbackTransaction' },
} satisfies Record<string, Partial<FaultInput>>;
type Site = keyof typeof sites;

/** Separate statements read the rows; the row changes between two statements, but not within a transaction. */
const reads: { relation: string; rows: number; calls: number; places: Site[] }[] = [
  { relation: 'public.note', rows: 20, calls: 1 + 4, places: ['plan', 'page'] },
  {
    relation: 'public.moving',
    rows: 1,
    calls: 1 + 2 + 6,
    places: ['plan', 'page', 'begin', 'set', 'rollback'],
  },
];
const places = reads.flatMap(({ places, ...read }) =>
  places.flatMap((name) =>
    (['before', 'after'] as const).map((when) => ({ ...read, name, when, at: { ...sites[name], when } })),
  ),
);

describe.each(places)('$relation, $when the $name', ({ name, at, relation, rows, calls }) => {
  const isRollback = name === 'rollback';
  const readThis = (forMs?: number) => read(forMs, relation);

  test.each([
    'throttling',
    'internalError',
    'serviceUnavailable',
    'databaseUnavailable',
    'connectionReset',
  ] as const)('%s costs one call more', async (kind) => {
    api.server.faults.add({ kind, ...at });
    expect((await readThis()).records).toHaveLength(rows);
    // The rows are valid, so a failed rollback is ignored: the service ends the transaction.
    expect(callsOf(api.server)).toBe(calls + (isRollback ? 0 : 1));
    expect(api.reported.names()).toEqual(isRollback ? [] : ['database.retried']);
  });

  test('a database that wakes up is waited for', async () => {
    api.server.faults.add({ kind: 'resuming', forMs: 200, ...at });
    expect((await readThis()).records).toHaveLength(rows);
    // The fault hits each statement in flight.
    expect(callsOf(api.server)).toBeLessThanOrEqual(calls + (isRollback ? 0 : 2 * rows));
  });

  test('a statement that takes too long is not tried again', async () => {
    api.server.faults.add({ kind: 'statementTimeout', ...at });
    if (isRollback) expect((await readThis()).records).toHaveLength(rows);
    else await expect(readThis()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(api.reported.names()).toEqual([]);
  });
});

test.each([
  ['set', true],
  ['rollback', false],
] as const)(
  'a transaction that is lost at the %s makes one new read from the beginning: %s',
  async (name, again) => {
    api.server.faults.add({ kind: 'transactionLost', ...sites[name] });
    expect((await read(10_000, 'public.moving')).records).toHaveLength(1);
    expect(api.reported.names()).toEqual(again ? ['dataset.read_again'] : []);
  },
);

test('a transaction that is lost twice fails the read', async () => {
  api.server.faults.add({ kind: 'transactionLost', times: 2, ...sites.set });
  await expect(read(10_000, 'public.moving')).rejects.toBeInstanceOf(TransactionLostError);
  expect(api.server.stats.calls.BeginTransaction).toBe(2);
});

test('an answer that is delayed is an answer', async () => {
  api.server.faults.add({ kind: 'delay', delayMs: 200, ...sites.plan });
  expect((await read()).records).toHaveLength(20);
  expect(callsOf(api.server)).toBe(5);
});

test.each(['plan', 'page', 'begin', 'set'] as const)(
  'the deadline is kept when the %s is never answered',
  async (name) => {
    api.server.faults.add({ kind: 'delay', delayMs: 30_000, ...sites[name] });
    const startedMs = performance.now();
    await expect(read(300, 'public.moving')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  },
);

test('the deadline is kept while the database wakes up', async () => {
  api.server.faults.add({ kind: 'resuming', forMs: 60_000 });
  const startedMs = performance.now();
  await expect(read(700)).rejects.toMatchObject({ code: 'database_unavailable', retryAfterMs: 15_000 });
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

describe.each(['BadRequestException', 'UnsupportedResultException'] as const)(
  'an answer over the limit, refused as %s',
  (oversizedResponseError) => {
    test('fails at once: the same question would have the same answer', async () => {
      const small = await startTestDataApi({ maxResponseBytes: 5_000, oversizedResponseError });
      await small.pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
      await small.pool.query("INSERT INTO note SELECT n, repeat('x', 1000) FROM generate_series(1, 20) AS n");
      await expect(small.read(notes, { responseBytes: 20_000 })).rejects.toBeInstanceOf(StatementError);
      expect(callsOf(small.server)).toBe(3);
      expect(small.reported.events).toEqual([]);
      await small.close();
    });
  },
);
