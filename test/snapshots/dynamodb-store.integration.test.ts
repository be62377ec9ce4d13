import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDynamoDbRequests } from '../../lib/snapshots/dynamodb-requests.ts';
import { createDynamoDbStore } from '../../lib/snapshots/dynamodb-store.ts';
import { StoreError } from '../../lib/snapshots/store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';
import { describeSnapshotStore } from '../contracts/snapshot-store.ts';
import { headOf } from '../fakes/heads.ts';
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
      const item = await itemOf(table, `chunk#${hash}`);
      return item !== undefined && !('expiresAt' in item);
    },
  };
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
