import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod/mini';
import { DatabaseUnavailableError, StatementError, TransactionLostError } from '../../lib/data-api/errors.ts';
import * as column from '../../lib/topics/columns.ts';
import { defineTable } from '../../lib/topics/table.ts';
import type { FaultInput } from '../../local/data-api/faults.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

jest.setTimeout(30_000); // they take a second or two, on a machine that has nothing else to do

const notes = defineTable({
  name: 'notes',
  record: z.object({ id: column.integer(), body: column.text() }),
  key: 'id',
});

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 10_000 });
  await api.pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
  await api.pool.query("INSERT INTO note SELECT n, repeat('x', 1000) FROM generate_series(1, 20) AS n");
});
afterAll(() => api.close());
beforeEach(() => {
  api.server.faults.clear();
  api.server.resetStats();
  api.reported.events.length = 0;
});

const read = (forMs = 10_000, reader = api.reader(notes, 'public.note')) =>
  reader.read({ pending: [], deadlineMs: Date.now() + forMs });

/** The plan, begin, SET, three pages, rollback. */
const callsOfRead = 7;

const sites = {
  plan: { sqlContains: "'withRows'" },
  begin: { operation: 'BeginTransaction' },
  set: { sqlContains: 'SET TRANSACTION' },
  page: { sqlContains: 'CAST(:ranges' },
  rollback: { operation: 'RollbackTransaction' },
} satisfies Record<string, Partial<FaultInput>>;
const cross = <A, B>(first: readonly A[], second: readonly B[]) =>
  first.flatMap((a) => second.map((b) => [a, b] as const));
const places = cross(
  Object.entries(sites).map(([name, at]) => ({ name, at })),
  ['before', 'after'] as const,
).map(([{ name, at }, when]) => ({ name, when, at: { ...at, when } }));

describe.each(places)('$when the $name', ({ name, at }) => {
  const isRollback = name === 'rollback';

  test.each([
    'throttling',
    'internalError',
    'serviceUnavailable',
    'databaseUnavailable',
    'connectionReset',
  ] as const)('%s costs one call more', async (kind) => {
    api.server.faults.add({ kind, ...at });
    expect((await read()).records).toHaveLength(20);
    // What was read stays true, so a rollback that fails is left to the service.
    expect(callsOf(api.server)).toBe(callsOfRead + (isRollback ? 0 : 1));
    expect(api.reported.names()).toEqual(isRollback ? [] : ['database.retried']);
  });

  test('a database that wakes up is waited for', async () => {
    api.server.faults.add({ kind: 'resuming', forMs: 200, ...at });
    expect((await read()).records).toHaveLength(20);
    expect(callsOf(api.server)).toBeLessThanOrEqual(callsOfRead + (isRollback ? 0 : 2));
  });

  test('a statement that takes too long is not tried again', async () => {
    api.server.faults.add({ kind: 'statementTimeout', ...at });
    if (isRollback) expect((await read()).records).toHaveLength(20);
    else await expect(read()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(api.reported.names()).toEqual([]);
  });

  test('a transaction that is lost makes one new read from the beginning', async () => {
    api.server.faults.add({ kind: 'transactionLost', ...at });
    expect((await read()).records.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const isNoticed = name === 'set' || name === 'page';
    expect(api.reported.names()).toEqual(isNoticed ? ['table.read_again'] : []);
  });
});

test('a transaction that is lost twice fails the read', async () => {
  api.server.faults.add({ kind: 'transactionLost', times: 2, ...sites.page });
  await expect(read()).rejects.toBeInstanceOf(TransactionLostError);
  expect(api.server.stats.calls.BeginTransaction).toBe(2);
});

test('an answer that is delayed is an answer', async () => {
  api.server.faults.add({ kind: 'delay', delayMs: 200, ...sites.plan });
  expect((await read()).records).toHaveLength(20);
  expect(callsOf(api.server)).toBe(callsOfRead);
});

test.each(['plan', 'begin', 'set', 'page'] as const)(
  'the deadline is kept when the %s is never answered',
  async (name) => {
    api.server.faults.add({ kind: 'delay', delayMs: 30_000, ...sites[name] });
    const startedMs = performance.now();
    await expect(read(300)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  },
);

test('the deadline is kept while the database wakes up', async () => {
  api.server.faults.add({ kind: 'resuming', forMs: 60_000 });
  const startedMs = performance.now();
  await expect(read(700)).rejects.toMatchObject({ code: 'database_unavailable', retryAfterMs: 15_000 });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

describe.each(['BadRequestException', 'UnsupportedResultException'] as const)(
  'an answer over the limit, refused as %s',
  (oversizedResponseError) => {
    test('fails at once: the same question would have the same answer', async () => {
      const small = await startTestDataApi({ maxResponseBytes: 5_000, oversizedResponseError });
      await small.pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
      await small.pool.query("INSERT INTO note SELECT n, repeat('x', 1000) FROM generate_series(1, 20) AS n");
      const deceived = small.reader(notes, 'public.note', { responseBytes: 20_000 });
      await expect(read(10_000, deceived)).rejects.toBeInstanceOf(StatementError);
      expect(callsOf(small.server)).toBe(5);
      expect(small.reported.events).toEqual([]);
      await small.close();
    });
  },
);
