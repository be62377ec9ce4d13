import { randomBytes } from 'node:crypto';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { createDynamoDbStore } from '../../lib/stores/dynamodb/store.ts';
import { StoreError } from '../../lib/stores/store.ts';
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

describe('what is in the table and cannot be read', () => {
  const version = { epoch: 1, rank: 1 };
  let table: string;
  let store: Store;
  beforeEach(async () => {
    table = await server.createTable();
    store = createDynamoDbStore({ dynamoDb: server.dynamoDb, table, nowMs });
  });
  const put = (Item: PutItemCommandInput['Item']) =>
    server.client.send(new PutItemCommand({ TableName: table, Item }));

  test.each([
    ['no body', {}],
    ['a body of text', { body: { S: 'text' } }],
    ['no number of parts', { body: { B: Buffer.from('bytes') }, parts: { S: 'many' } }],
    ['more parts than there can be', { body: { B: Buffer.from('bytes') }, parts: { N: '1000000000' } }],
  ])('is a missing chunk where it has %s, and a repair writes it again', async (_, attributes) => {
    const chunk = { hash: 'b', body: Buffer.from('bytes') };
    await store.writeChunks([{ hash: 'a', body: Uint8Array.of(1) }], version);
    await put({ pk: { S: 'chunk#b' }, epoch: { N: '1' }, rank: { N: '1' }, ...attributes });
    expect((await store.readChunks(['a', 'b'])).map(({ hash }) => hash)).toEqual(['a']);
    await store.writeChunks([chunk], version);
    expect(await store.readChunks(['b'])).toEqual([chunk]);
  });

  test.each([
    ['text that is no JSON', { S: 'no JSON' }],
    ['JSON of another form', { S: '{"some":"other form"}' }],
    ['no text', { N: '7' }],
  ])('is a StoreError where the head has %s: readers go on without the cache', async (_, head) => {
    await put({ pk: { S: 'head' }, epoch: { N: '1' }, rank: { N: '1' }, head });
    const failed = expect(store.readHead()).rejects;
    await failed.toThrow(StoreError);
    await failed.toMatchObject({
      code: 'cache_unavailable',
      message: 'The shared cache gives what cannot be read (read the head).',
      cause: expect.any(Error),
    });
  });

  test('is a StoreError where it is the list of what is to be refreshed', async () => {
    await put({ pk: { S: 'refresh' }, requested: { S: 'seven' } });
    const requests = createDynamoDbRequests({ dynamoDb: server.dynamoDb, table });
    await expect(requests.read()).rejects.toThrow(StoreError);
  });
});

test('a call that DynamoDB refuses is not told as one that it does not answer', async () => {
  const store = createDynamoDbStore({ dynamoDb: server.dynamoDb, table: 'not-there', nowMs });
  await expect(store.readHead()).rejects.toMatchObject({
    message: 'The shared cache refuses the call (read the head).',
    cause: expect.objectContaining({ code: 'ResourceNotFoundException' }),
  });
  const away = { dynamoDb: createTestDynamoDb('http://127.0.0.1:1'), table: 'any', nowMs };
  await expect(createDynamoDbStore(away).readHead()).rejects.toMatchObject({
    message: 'The shared cache does not answer (read the head).',
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
