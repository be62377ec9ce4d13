import { randomBytes, randomUUID } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { datasetKey } from '../../lib/stores/dynamodb/table.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { describeBlobStore } from '../contracts/blob-store.ts';
import { describePointerStore } from '../contracts/pointer-store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';
import { intercept } from '../fakes/intercept.ts';
import { pointerOf } from '../fakes/pointers.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { createTestDynamoDb, startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let server: TestDynamoDb;
beforeAll(async () => {
  server = await startTestDynamoDb();
}, 30_000);
afterAll(() => server.close());

const blobsIn = (table: string, dynamoDb = server.dynamoDb, clock = systemClock) =>
  createDynamoDbBlobs({ dynamoDb, table, clock, random: () => 0 });
const requestsIn = (table: string, dynamoDb = server.dynamoDb) =>
  createDynamoDbRequests({ dynamoDb, table, newIncarnation: randomUUID });

describePointerStore('DynamoDB', async () =>
  createDynamoDbPointers({ dynamoDb: server.dynamoDb, table: await server.createTable() }),
);
describeBlobStore('DynamoDB', async () => blobsIn(await server.createTable()));
describeRefreshRequests('DynamoDB', async () => {
  const table = await server.createTable();
  const remove = new DeleteItemCommand({ TableName: table, Key: datasetKey('refresh') });
  return { requests: requestsIn(table), forget: async () => void (await server.client.send(remove)) };
});

describe('a blob of 1 MB', () => {
  const blob = { hash: 'a', body: new Uint8Array(randomBytes(1_000_000)) };
  let table: string;
  beforeEach(async () => {
    table = await server.createTable();
    await blobsIn(table).put(blob, 5);
  });

  test.each(['0', '1', '2'])(
    'is missing as a whole without its part %s, until it is put again',
    async (sk) => {
      const blobs = blobsIn(table);
      const Key = { pk: { S: 'blob#a' }, sk: { S: sk } };
      await server.client.send(new DeleteItemCommand({ TableName: table, Key }));
      expect(await blobs.read(['a'])).toEqual([]);
      expect(await blobs.carrying(['a'], 5)).toEqual(new Set());
      await blobs.put(blob, 5);
      expect((await blobs.read(['a'])).map(({ body }) => Buffer.compare(body, blob.body))).toEqual([0]);
    },
  );

  test('carries a sweep where every part does', async () => {
    const blobs = blobsIn(table);
    let puts = 0;
    const parts = intercept(server.dynamoDb, async ({ method }, proceed) => {
      if (method === 'putItem') puts += 1;
      if (puts > 1) throw new Error('the writer died');
      return proceed();
    });
    await expect(blobsIn(table, parts).put(blob, 6)).rejects.toThrow(StoreError);
    expect(await blobs.carrying(['a'], 6)).toEqual(new Set());
    expect(await blobs.carrying(['a'], 5)).toEqual(new Set());
  });

  test('is readable only once all its parts are written', async () => {
    const written: string[] = [];
    const watched = intercept(server.dynamoDb, async ({ args: [input] }, proceed) => {
      written.push(/"sk":\{"S":"(\d)"/.exec(JSON.stringify(input))?.[1] ?? '');
      return proceed();
    });
    await blobsIn(await server.createTable(), watched).put(blob, 5);
    expect(written).toEqual(['2', '1', '0']);
  });
});

describe('unprocessed keys', () => {
  test('are requested again after a growing delay, with a bound on tries that process no key', async () => {
    const table = await server.createTable();
    await blobsIn(table).put({ hash: 'a', body: Buffer.from('a') }, 0);
    const clock = createTestClock();
    const slept: number[] = [];
    const sleep = async (ms: number) => void slept.push(ms);
    let calls = 0;
    const busy = intercept(server.dynamoDb, async ({ args: [input] }, proceed) => {
      calls += 1;
      const { Keys } = Object(input);
      return calls <= 2 ? { items: [], unprocessed: Keys } : proceed();
    });
    expect(await blobsIn(table, busy, { ...clock, sleep }).read(['a'])).toHaveLength(1);
    expect(slept).toEqual([25, 50]);

    calls = Number.NEGATIVE_INFINITY;
    await expect(blobsIn(table, busy, { ...clock, sleep }).read(['a'])).rejects.toThrow(StoreError);
    expect(slept.length).toBeLessThan(10);
  });
});

describe('an item that cannot be parsed', () => {
  const put = (table: string, Item: PutItemCommandInput['Item']) =>
    server.client.send(new PutItemCommand({ TableName: table, Item }));

  test.each([
    ['no JSON', '{'],
    ['another form', '{"revision":"x","generation":"1"}'],
  ])('as a pointer (%s) is a store that cannot be used', async (_, body) => {
    const table = await server.createTable();
    await put(table, { ...datasetKey('pointer'), revision: { S: 'x' }, body: { S: body } });
    const pointers = createDynamoDbPointers({ dynamoDb: server.dynamoDb, table });
    await expect(pointers.read()).rejects.toThrow('returns an unreadable response (read the pointer)');
  });

  test('as a blob is a missing one', async () => {
    const table = await server.createTable();
    await put(table, { pk: { S: 'blob#a' }, sk: { S: '0' }, body: { S: 'text' } });
    expect(await blobsIn(table).read(['a'])).toEqual([]);
  });
});

test('a blob scan excludes the items of the dataset’s partition', async () => {
  const table = await server.createTable();
  const pointers = createDynamoDbPointers({ dynamoDb: server.dynamoDb, table });
  await pointers.replace(pointerOf(1), undefined);
  await pointers.archive(pointerOf(1));
  await requestsIn(table).record({ transactionIds: [], nowMs: 0, lease: { owner: 'a', untilMs: 1 } });
  expect(await blobsIn(table).scan(undefined)).toEqual({ seen: [], cursor: undefined });
});

test('a server that is not there is a StoreError for every port', async () => {
  const dynamoDb = createTestDynamoDb('http://127.0.0.1:1');
  const deps = { dynamoDb, table: 'none' };
  await expect(createDynamoDbPointers(deps).read()).rejects.toThrow(StoreError);
  await expect(blobsIn('none', dynamoDb).read(['a'])).rejects.toThrow(StoreError);
  await expect(requestsIn('none', dynamoDb).read()).rejects.toThrow('does not respond (read the requests)');
});

describe('a writer', () => {
  test('backs off until its deadline where the store throttles, and no longer', async () => {
    const table = await server.createTable();
    let failures = 8;
    const until: unknown[] = [];
    const throttled = intercept(server.dynamoDb, async ({ method, args }, proceed) => {
      if (method !== 'putItem' || failures === 0) return proceed();
      failures -= 1;
      until.push(args[1]);
      throw new Error('handed to the client, which backs off by itself');
    });
    await expect(
      blobsIn(table, throttled).put({ hash: 'a', body: Buffer.from('a') }, 0, 1_234),
    ).rejects.toThrow();
    expect(until).toEqual([{ untilMs: 1_234 }]);
  });
});
