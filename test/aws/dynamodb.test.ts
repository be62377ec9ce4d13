import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { createDynamoDb, defaultPatience, type Patience } from '../../lib/aws/dynamodb.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { startDeafServer } from './deaf-server.ts';
import { hangUp, json, type Reply, refusal, silence, startScriptedServer } from './scripted-server.ts';

const TableName = 'cache';
const get = { TableName, Key: { pk: { S: 'head' } }, ConsistentRead: true };
const put = { TableName, Item: { pk: { S: 'head' }, body: { B: 'AAE=' }, rank: { N: '7' } } };
const found = json({ Item: { pk: { S: 'head' } } });
const region = 'eu-central-1';
const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };

/** A busy machine can stop a test for a second. */
const patient = { ...defaultPatience, connectMs: 20_000, answerMs: 20_000 };

/** A client, and the times that it slept between its tries. */
function clientOf(endpoint: string, patience: Partial<Patience> = {}) {
  const clock = createTestClock();
  const slept: number[] = [];
  const dynamoDb = createDynamoDb({
    ...{ endpoint, region, credentials, random: () => 0 },
    patience: { ...patient, ...patience },
    clock: {
      now: clock.now,
      sleep: async (ms) => {
        slept.push(ms);
        await clock.sleep(ms);
      },
    },
  });
  return { dynamoDb, slept };
}

describe('a call', () => {
  test('sends what the SDK’s call sends', async () => {
    await using server = await startScriptedServer(json({ Responses: {}, Items: [] }));
    const { dynamoDb } = clientOf(server.url);
    const condition = {
      ConditionExpression: '#rank < :rank',
      ExpressionAttributeNames: { '#rank': 'rank' },
      ExpressionAttributeValues: { ':rank': { N: '8' } },
    };
    const update = {
      ...{ TableName, Key: get.Key, UpdateExpression: 'ADD pending :xids', ReturnValues: 'ALL_NEW' as const },
      ...{ ...condition, ExpressionAttributeValues: { ':xids': { SS: ['1', '2'] } } },
    };
    const query = {
      ...{ TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'a' } } },
      ...{ ConsistentRead: true, ScanIndexForward: false, Limit: 3 },
    };
    const scan = {
      ...{ TableName, ProjectionExpression: 'pk', ConsistentRead: true, ExclusiveStartKey: get.Key },
    };
    const batch = { Keys: [get.Key], ConsistentRead: true, ProjectionExpression: 'pk, body' };
    await dynamoDb.getItem(get);
    await dynamoDb.batchGetItem({ TableName, ...batch });
    await dynamoDb.putItem({ ...put, ...condition });
    await dynamoDb.updateItem(update);
    await dynamoDb.query(query);
    await dynamoDb.scan(scan);
    await dynamoDb.deleteItem({ TableName, Key: get.Key, ...condition });

    const sdk = new DynamoDBClient({ endpoint: server.url, region, credentials });
    await sdk.send(new GetItemCommand(get));
    await sdk.send(new BatchGetItemCommand({ RequestItems: { [TableName]: batch } }));
    const binary = { ...put.Item, body: { B: Uint8Array.of(0, 1) } };
    await sdk.send(new PutItemCommand({ ...put, Item: binary, ...condition }));
    await sdk.send(new UpdateItemCommand(update));
    await sdk.send(new QueryCommand(query));
    await sdk.send(new ScanCommand(scan));
    await sdk.send(new DeleteItemCommand({ TableName, Key: get.Key, ...condition }));
    sdk.destroy();

    const calls = server.received.map(({ target, headers, body }) => ({
      ...{ target, body, contentType: headers['content-type'], host: headers.host },
      ...{ token: headers['x-amz-security-token'], length: headers['content-length'] },
    }));
    expect(calls.slice(0, 7)).toEqual(calls.slice(7));
    expect(calls[0]?.target).toBe('DynamoDB_20120810.GetItem');
  });

  test('uses the connection of the one before it', async () => {
    await using server = await startScriptedServer(found);
    const { dynamoDb } = clientOf(server.url);
    for (let calls = 0; calls < 3; calls += 1) await dynamoDb.getItem(get);
    expect(new Set(server.received.map(({ port }) => port)).size).toBe(1);
  });

  test('uses another connection than one that its answer closes', async () => {
    await using server = await startScriptedServer((response) => {
      response.setHeader('connection', 'close');
      found(response);
    });
    const { dynamoDb, slept } = clientOf(server.url);
    for (let calls = 0; calls < 3; calls += 1) await dynamoDb.getItem(get);
    expect(new Set(server.received.map(({ port }) => port)).size).toBe(3);
    expect(slept).toEqual([]);
  });

  test('returns the item as received, or undefined', async () => {
    await using server = await startScriptedServer(found, json({}));
    const { dynamoDb } = clientOf(server.url);
    expect(await dynamoDb.getItem(get)).toEqual({ pk: { S: 'head' } });
    expect(await dynamoDb.getItem(get)).toBeUndefined();
  });

  test('for many items returns the unprocessed keys', async () => {
    const item = { pk: { S: 'a' }, body: { B: 'AAE=' } };
    const Keys = [{ pk: { S: 'b' } }];
    await using server = await startScriptedServer(
      json({ Responses: { cache: [item] }, UnprocessedKeys: { cache: { Keys, ConsistentRead: true } } }),
    );
    const input = { TableName, Keys, ConsistentRead: true, ProjectionExpression: 'pk' };
    expect(await clientOf(server.url).dynamoDb.batchGetItem(input)).toEqual({
      items: [item],
      unprocessed: Keys,
    });
  });

  // A socket's timeout takes real time, so tests of one run at once.
  test.concurrent('takes an answer in many parts, however long they take together', async () => {
    const text = JSON.stringify({ Item: { pk: { S: 'テ'.repeat(1000) } } });
    await using server = await startScriptedServer(async (response) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 1_000) {
        response.write(bytes.subarray(at, at + 1_000)); // in the middle of a character too
        await new Promise((resolve) => setTimeout(resolve, 170));
      }
      response.end();
    });
    const { dynamoDb } = clientOf(server.url, { answerMs: 500, mostTries: 1 });
    expect(await dynamoDb.getItem(get)).toEqual({ pk: { S: 'テ'.repeat(1000) } });
  });

  test.each([
    ['no item', { Item: 'none' }],
    ['nothing that is known', []],
  ])('fails for an answer that is %s', async (_, answer) => {
    await using server = await startScriptedServer(json(answer));
    await expect(clientOf(server.url).dynamoDb.getItem(get)).rejects.toThrow();
    expect(server.received).toHaveLength(1);
  });
});

describe('a failure that passes', () => {
  test.each<[string, Reply]>([
    ['a fault of the server’s', refusal('InternalServerError', { status: 500 })],
    ['a fault of whatever is before the server', (response) => response.writeHead(503).end('<html>')],
    ['throttling of the table', refusal('ProvisionedThroughputExceededException')],
    ['throttling of the account', refusal('RequestLimitExceeded')],
    ['throttling of anything', refusal('ThrottlingException')],
    ['a connection that breaks', hangUp],
    [
      'an answer that breaks off',
      (response) => response.writeHead(200).write('{"Item"', () => response.destroy()),
    ],
  ])('(%s) is tried again, on a delay', async (_, failure) => {
    await using server = await startScriptedServer(failure, failure, found);
    const { dynamoDb, slept } = clientOf(server.url);
    expect(await dynamoDb.getItem(get)).toEqual({ pk: { S: 'head' } });
    expect(slept).toEqual([25, 50]);
  });

  test.concurrent.each<[string, Reply]>([
    ['does not come', silence],
    ['stops', (response) => void response.writeHead(200).write('{"Item"')],
  ])('(an answer that %s) is tried again, on a delay', async (_, failure) => {
    await using server = await startScriptedServer(failure, found);
    const { dynamoDb, slept } = clientOf(server.url, { answerMs: 500 });
    expect(await dynamoDb.getItem(get)).toEqual({ pk: { S: 'head' } });
    expect(slept).toEqual([25]);
  });

  test('is passed on after three tries', async () => {
    await using server = await startScriptedServer(refusal('InternalServerError', { status: 500 }));
    await expect(clientOf(server.url).dynamoDb.putItem(put)).rejects.toMatchObject({
      ...{ name: 'DynamoDbError', code: 'InternalServerError', status: 500 },
    });
    expect(server.received).toHaveLength(3);
  });

  test('is tried again by a writer until its deadline, on delays that grow to three seconds', async () => {
    await using server = await startScriptedServer(refusal('ThrottlingException'));
    const { dynamoDb, slept } = clientOf(server.url);
    const untilMs = 1_700_000_000_000 + 20_000; // the test clock starts at the first number
    await expect(dynamoDb.putItem(put, { untilMs })).rejects.toMatchObject({ code: 'ThrottlingException' });
    expect(slept.slice(0, 8)).toEqual([25, 50, 100, 200, 400, 800, 1_500, 1_500]);
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(18_000);
    expect(server.received).toHaveLength(slept.length + 1);
  });

  test('has the underlying error as its cause', async () => {
    await using server = await startScriptedServer(hangUp);
    await expect(clientOf(server.url).dynamoDb.putItem(put)).rejects.toMatchObject({
      ...{ name: 'UnansweredError', message: 'the connection broke', cause: { code: 'ECONNRESET' } },
    });
  });

  test.concurrent('ends when time is up: there is no answer', async () => {
    await using server = await startScriptedServer(silence);
    const { dynamoDb } = clientOf(server.url, { answerMs: 250, mostTries: 2 });
    await expect(dynamoDb.getItem(get)).rejects.toThrow('no answer within 250 ms');
    expect(server.received).toHaveLength(2);
  });

  test('ends when time is up: there is no connection', async () => {
    await using port = await startDeafServer();
    const { dynamoDb } = clientOf(port.url, { connectMs: 50, mostTries: 2 });
    await expect(dynamoDb.getItem(get)).rejects.toThrow('no connection within 50 ms');
  });

  test('fails at once where the connection is refused', async () => {
    const { dynamoDb } = clientOf('http://127.0.0.1:1', { mostTries: 1 });
    await expect(dynamoDb.getItem(get)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a refusal', () => {
  test.each([
    'ConditionalCheckFailedException',
    'AccessDeniedException',
    'ValidationException',
    'ResourceNotFoundException',
    'InvalidSignatureException',
  ])('(%s) is not retried, and has DynamoDB’s message', async (code) => {
    await using server = await startScriptedServer(refusal(code, { message: 'Because.' }));
    const { dynamoDb, slept } = clientOf(server.url);
    await expect(dynamoDb.putItem(put)).rejects.toMatchObject({ code, status: 400, message: 'Because.' });
    expect(server.received).toHaveLength(1);
    expect(slept).toEqual([]);
  });

  test('is read in either spelling, and without a name space', async () => {
    await using server = await startScriptedServer(
      json({ __type: 'AccessDeniedException', Message: 'No.' }, 400),
    );
    await expect(clientOf(server.url).dynamoDb.getItem(get)).rejects.toMatchObject({
      ...{ code: 'AccessDeniedException', message: 'No.' },
    });
  });

  test('with an unknown body has that body as its message', async () => {
    await using server = await startScriptedServer((response) =>
      response.writeHead(413).end('<h1>too large</h1>'),
    );
    await expect(clientOf(server.url).dynamoDb.getItem(get)).rejects.toMatchObject({
      ...{ code: 'unknown', status: 413, message: '<h1>too large</h1>' },
    });
  });
});

describe('connections that the other side closed while the container was frozen', () => {
  test.each([1, 8])('(%i of them) fail no call, and cost no delay', async (connections) => {
    await using server = await startScriptedServer(found);
    const { dynamoDb, slept } = clientOf(server.url);
    const callAll = () => Promise.all(Array.from({ length: connections }, () => dynamoDb.getItem(get)));
    for (let thaws = 0; thaws < 6; thaws += 1) {
      await callAll();
      server.closeConnections(); // closes before the client notices
      await callAll();
    }
    expect(slept).toEqual([]);
    expect(server.received.length).toBeGreaterThanOrEqual(12 * connections);
  });

  test('do not cause unbounded tries of new connections', async () => {
    await using server = await startScriptedServer(found, hangUp);
    const { dynamoDb, slept } = clientOf(server.url);
    await dynamoDb.getItem(get);
    await expect(dynamoDb.getItem(get)).rejects.toThrow('the connection broke');
    expect(server.received).toHaveLength(1 + 3);
    expect(slept).toEqual([50]); // only the first of the three connections was reused
  });
});
