import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDynamoDbRequests } from '../../lib/snapshots/dynamodb-requests.ts';
import { createDynamoDbStore } from '../../lib/snapshots/dynamodb-store.ts';
import { StoreError } from '../../lib/snapshots/store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';
import { describeSnapshotStore } from '../contracts/snapshot-store.ts';
import { headOf } from '../fakes/heads.ts';
import { intercept } from '../fakes/intercept.ts';
import { createTestDynamoDb, startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

const nowMs = () => 1_700_000_000_000;

let server: TestDynamoDb;
beforeAll(async () => {
  server = await startTestDynamoDb();
});
afterAll(() => server.close());

describeSnapshotStore('DynamoDB', async () => {
  const table = await server.createTable();
  return {
    store: createDynamoDbStore({ dynamoDb: server.dynamoDb, table, nowMs }),
    async isKept(hash) {
      const items = await itemsOf(table, `chunk#${hash}`);
      return items.length > 0 && items.every((item) => !('expiresAt' in item));
    },
    isLeft: async (hash) => (await itemsOf(table, `chunk#${hash}`)).some((item) => !('expiresAt' in item)),
  };
});

describe('a chunk of 1 MB', () => {
  const version = { epoch: 1, rank: 5 };
  const chunk = { hash: 'a', body: new Uint8Array(randomBytes(1_000_000)) };
  let table: string;
  let store: Store;
  beforeEach(async () => {
    table = await server.createTable();
    store = createDynamoDbStore({ dynamoDb: server.dynamoDb, table, nowMs });
    await store.writeChunks([chunk], version);
  });

  test('is three items, of which its own tells how many they are', async () => {
    const items = await itemsOf(table, 'chunk#a');
    expect(items.map(({ pk }) => pk?.S).sort()).toEqual(['chunk#a', 'chunk#a#1', 'chunk#a#2']);
    expect(items.flatMap(({ parts }) => parts ?? [])).toEqual([{ N: '3' }]);
    expect((await itemOf(table, 'chunk#a'))?.['parts']).toEqual({ N: '3' });
  });

  test.each(['chunk#a', 'chunk#a#1', 'chunk#a#2'])(
    'is missing as a whole without %s, until it is written again',
    async (pk) => {
      await server.client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk } } }));
      expect(await store.readChunks(['a'])).toEqual([]);
      await store.writeChunks([chunk], version);
      expect((await store.readChunks(['a'])).map(({ body }) => Buffer.compare(body, chunk.body))).toEqual([
        0,
      ]);
    },
  );

  test('is found by nobody before it is whole', async () => {
    const written: string[] = [];
    const slow = intercept(server.dynamoDb, async ({ args: [input] }, proceed) => {
      written.push(JSON.stringify(input).match(/chunk#b[#\d]*/)?.[0] ?? '');
      return proceed();
    });
    const body = new Uint8Array(randomBytes(1_000_000));
    await createDynamoDbStore({ dynamoDb: slow, table, nowMs }).writeChunks([{ hash: 'b', body }], version);
    expect(written).toHaveLength(3);
    expect(written.at(-1)).toBe('chunk#b');
  });
});

describeRefreshRequests('DynamoDB', async () =>
  createDynamoDbRequests({ dynamoDb: server.dynamoDb, table: await server.createTable() }),
);

describe('a retired chunk', () => {
  test('expires a day later, by the attribute that the table deletes items by', async () => {
    const table = await server.createTable();
    const store = createDynamoDbStore({ dynamoDb: server.dynamoDb, table, nowMs });
    await store.writeChunks([{ hash: 'a', body: Uint8Array.of(1) }], { epoch: 1, rank: 1 });
    await store.retireChunks(['a'], { epoch: 1, rank: 2 });
    const oneDay = 24 * 60 * 60;
    expect((await itemOf(table, 'chunk#a'))?.['expiresAt']).toEqual({ N: String(1_700_000_000 + oneDay) });
    expect(await store.readChunks(['a'])).toHaveLength(1);
  });
});

describe.each([
  [
    'a server that cannot be reached',
    async () => ({ dynamoDb: createTestDynamoDb('http://127.0.0.1:1'), table: 'any' }),
  ],
  ['a table that is not there', async () => ({ dynamoDb: server.dynamoDb, table: 'not-there' })],
])('%s', (_, create) => {
  const version = { epoch: 1, rank: 1 };
  const lease = { owner: 'a', nowMs: nowMs(), untilMs: nowMs() + 1 };

  test.each([
    ['readHead', (store: Store) => store.readHead()],
    ['readChunks', (store: Store) => store.readChunks(['a'])],
    ['writeChunks', (store: Store) => store.writeChunks([{ hash: 'a', body: Uint8Array.of(1) }], version)],
    ['publish', (store: Store) => store.publish(headOf(version), undefined)],
    ['publish over a version', (store: Store) => store.publish(headOf(version), version)],
    ['retireChunks', (store: Store) => store.retireChunks(['a'], version)],
  ])('is a StoreError to %s', async (_, call) => {
    const store = createDynamoDbStore({ ...(await create()), nowMs });
    const failed = expect(call(store)).rejects;
    await failed.toThrow(StoreError);
    await failed.toMatchObject({ code: 'cache_unavailable' });
  });

  test.each([
    ['record', (requests: Requests) => requests.record(['1'])],
    ['read', (requests: Requests) => requests.read()],
    ['acquire', (requests: Requests) => requests.acquire(lease)],
    ['settle', (requests: Requests) => requests.settle({ served: 1, settled: ['1'] })],
    ['release', (requests: Requests) => requests.release({ owner: 'a' })],
  ])('is a StoreError to %s', async (_, call) => {
    const requests = createDynamoDbRequests(await create());
    await expect(call(requests)).rejects.toThrow(StoreError);
  });
});

type Store = ReturnType<typeof createDynamoDbStore>;
type Requests = ReturnType<typeof createDynamoDbRequests>;

async function itemOf(table: string, pk: string) {
  const key = { TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true };
  return (await server.client.send(new GetItemCommand(key))).Item;
}

/** Those whose keys begin so. */
async function itemsOf(table: string, pk: string) {
  const scan = new ScanCommand({
    TableName: table,
    ConsistentRead: true,
    ProjectionExpression: 'pk, parts, expiresAt',
    FilterExpression: 'begins_with(pk, :pk)',
    ExpressionAttributeValues: { ':pk': { S: pk } },
  });
  return (await server.client.send(scan)).Items ?? [];
}
