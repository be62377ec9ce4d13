import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { passOn } from '../../local/pass-on.ts';
import { createModelledSource } from '../fakes/modelled-source.ts';
import { createPublishing } from '../fakes/publishing.ts';
import { form } from '../fakes/records.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

const writesPerSecond = 100;
const containers = 200;
const events = 1_000;
const deadlineMs = () => Date.now() + 110_000;

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
});
afterAll(() => dynamoDb.close());

/** A server that carries out so many writes a second, and throttles the others, as DynamoDB does with one item. */
async function startThrottling(target: string) {
  const counted = { writes: 0, throttled: 0 };
  let left = writesPerSecond;
  let atMs = performance.now();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (String(request.headers['x-amz-target']).endsWith('.UpdateItem')) {
      const nowMs = performance.now();
      left = Math.min(writesPerSecond, left + ((nowMs - atMs) * writesPerSecond) / 1_000);
      atMs = nowMs;
      if (left < 1) {
        counted.throttled += 1;
        const error = { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' };
        response.writeHead(400).end(JSON.stringify(error));
        return;
      }
      left -= 1;
      counted.writes += 1;
    }
    const answer = await passOn(target, request, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    counted,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('a burst of 1,000 events from 200 containers, of which 100 a second can be recorded, loses none and ends by itself', async () => {
  const table = await dynamoDb.createTable();
  const throttling = await startThrottling(dynamoDb.url);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const service = createPublishing();
  const requestsOf = () => {
    const client = createDynamoDb({
      ...{ endpoint: throttling.url, region: 'eu-central-1', credentials },
      ...{ clock: systemClock, random: Math.random },
    });
    return createDynamoDbRequests({ dynamoDb: client, table, newIncarnation: service.newId });
  };
  const refresherOf = () =>
    createRefresher({
      ...{ pointers: service.pointers, blobs: service.blobs, requests: requestsOf(), clock: systemClock },
      source: createModelledSource(service.database, {
        tables: ['topics', 'tags'].map((name) => ({ name, form, mayLose: 1 })),
        leavesOut: () => undefined,
      }),
      ...{ newId: service.newId, report: service.report, random: Math.random },
    });

  let sent = 0;
  const outcomes = new Map<string, number>();
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: containers }, async () => {
      const { refresh } = refresherOf();
      while (sent < events) {
        sent += 1;
        const transactionIds = [service.change([String(1 + (sent % 4))])];
        const how = { wait: false, lingerMs: Number.POSITIVE_INFINITY, deadlineMs: deadlineMs() };
        const { outcome } = await refresh({ ...how, transactionIds });
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  const before = { ...throttling.counted };
  console.log(
    `${sent} events in ${seconds.toFixed(1)} s: ${before.writes} writes, ${before.throttled} throttled, ${JSON.stringify(Object.fromEntries(outcomes))}`,
  );
  expect(before.throttled).toBeGreaterThan(events);
  expect(sent).toBe(events);

  // What the last one has left to the schedule is nothing, or is served by it.
  await refresherOf().resume({ deadlineMs: deadlineMs() });
  const state = await requestsOf().read();
  expect(state?.requested).toBe(state?.served);
  expect(state?.pending.size).toBe(0);
  expect(await service.published()).toBe(service.truth());
  await throttling.stop();
}, 150_000);
