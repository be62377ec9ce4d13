import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installTriggers } from '../../database/trigger.ts';
import { createChangeApplier } from '../../lib/changes/apply-change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { systemClock } from '../../lib/clock.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { createReader } from '../../lib/reading/reader.ts';
import type { DatasetSource } from '../../lib/source/dataset-source.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { functionArn } from './announcing.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from './lambda-endpoint.ts';

const countersOf = (relation: string) =>
  defineTable({
    name: 'counters',
    relation,
    columns: { id: column.integer(), value: column.integer() },
    key: 'id',
  });

const lanes = ['counter_0', 'counter_1', 'counter_2', 'counter_3', 'counter_4'];
const writesPerLane = 30;

let api: TestDataApi;
let lambda: LambdaEndpoint;
let awsLambda: Awaited<ReturnType<typeof startAwsLambda>>;
beforeAll(async () => {
  api = await startTestDataApi();
  lambda = await startLambdaEndpoint();
  awsLambda = await startAwsLambda({ databaseUrl: api.url, lambdaUrl: lambda.url });
  const client = await api.pool.connect();
  for (const table of lanes) {
    await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY, value int NOT NULL)`);
    await client.query(`INSERT INTO ${table} VALUES (1, 0)`);
    await installTriggers(client, { relations: [table], functionArn });
  }
  client.release();
});
afterAll(async () => {
  await lambda.close();
  await awsLambda.stop();
  await api.close();
});

/** A refresh function for one table, with the real source and its own stores in memory. */
function createLane(lane: string, change: (source: DatasetSource) => DatasetSource) {
  const relation = `public.${lane}`;
  const table = countersOf(relation);
  const stores = {
    pointers: createMemoryPointers(),
    blobs: createMemoryBlobs(),
    requests: createMemoryRequests(randomUUID),
  };
  const report = () => {};
  const refresher = createRefresher({
    ...{ ...stores, source: change(api.source([table])), clock: systemClock, report },
    ...{ newId: randomUUID, random: Math.random },
  });
  const relations = [relation];
  const apply = createChangeApplier({ refresher: async () => refresher, relations, report });
  const reader = createReader({
    ...{ ...stores, refresher: async () => refresher, clock: systemClock, report },
    freshness: { freshForMs: 0, staleLimitMs: 0, transactionWaitMs: 0 },
    memoryBytes: 1024 * 1024,
  });
  return {
    invoke: (event: unknown) =>
      apply(parseChange(event), {
        deadlineMs: Date.now() + 5_000,
        wait: false,
        lingerMs: Number.POSITIVE_INFINITY,
      }),
    async published() {
      const deadlineMs = Date.now() + 5_000;
      const served = await reader.read({ table, need: () => ({ kind: 'whole' }), deadlineMs });
      return served.body().toString();
    },
  };
}

/**
 * Writes again and again: the transaction stays open 0 to 40 ms after its event has left, and the function starts 0 to
 * 30 ms after the event: these delays are what the test varies. @returns after how many writes the cache was left without them
 */
async function countStale(change: (source: DatasetSource) => DatasetSource) {
  const stale = lanes.map(async (table) => {
    const lane = createLane(table, change);
    let round = 0;
    let invoked: Promise<unknown> = Promise.resolve();
    onEventOf.set(table, (event) => {
      const startMs = (round * 11) % 31;
      invoked = sleep(startMs).then(() => lane.invoke(event));
    });
    const writer = await api.pool.connect();
    let count = 0;
    for (round = 1; round <= writesPerLane; round += 1) {
      const { rows } = await writer
        .query(`BEGIN; UPDATE ${table} SET value = value + 1 WHERE id = 1`)
        .then(() => writer.query(`SELECT value FROM ${table}`));
      await sleep((round * 7) % 41);
      await writer.query('COMMIT');
      await invoked; // returns when no request is open
      if (!(await lane.published()).endsWith(`"value":${rows[0]?.value}}]}`)) count += 1;
    }
    writer.release();
    return count;
  });
  return (await Promise.all(stale)).reduce((sum, count) => sum + count, 0);
}

const onEventOf = new Map<string, (event: unknown) => void>();
beforeAll(() => {
  lambda.onEvent = async (event) => {
    const { table }: { table?: unknown } = Object(event);
    onEventOf.get(String(table))?.(event);
    return lambda.accepted; // the function runs later, like an asynchronous invocation
  };
});

test('all of 150 changes announced before their commit are in the cache afterwards', async () => {
  expect(await countStale((source) => source)).toBe(0);
}, 60_000);

test('without the check that the transaction is finished, changes are missing', async () => {
  const withoutCheck = (source: DatasetSource): DatasetSource => ({
    ...source,
    read: async (options) => ({ ...(await source.read(options)), settled: [...options.pending] }),
    settled: async ({ pending }) => ({ settled: [...pending], impossible: [] }),
  });
  const stale = await countStale(withoutCheck);
  console.log(
    `without the check, ${stale} of ${lanes.length * writesPerLane} changes are missing from the cache`,
  );
  expect(stale).toBeGreaterThan(10); // a busy machine starts functions later, so fewer refreshes are stale
}, 60_000);
