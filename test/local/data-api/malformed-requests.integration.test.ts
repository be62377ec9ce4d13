import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createConnections } from '../../../local/data-api/connections.ts';
import { awsLimits } from '../../../local/data-api/limits.ts';
import { createTransactions } from '../../../local/data-api/transactions.ts';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';
import { postSigned, signedHeaders } from './signed-request.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture({ limits: { maxRequestBytes: 100_000 } });
});
afterAll(() => api.close());
afterEach(async () => {
  expect(await api.value('SELECT 1')).toEqual({ longValue: 1 });
});

const headText = (headers: Record<string, string>) =>
  Object.entries({ host: 'localhost', ...signedHeaders(), ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
const validBody = JSON.stringify({ ...arns, sql: 'SELECT 1' });

/** Sends the bytes, and resolves with the server's bytes until it closes the connection, or until `forMs` has passed. */
async function exchange(bytes: string | Buffer, forMs = 200): Promise<string> {
  const socket = connect(api.server.port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  const closed = once(socket, 'close').catch(() => {});
  socket.write(bytes);
  await Promise.race([closed, sleep(forMs)]); // time for a response that must not come
  socket.destroy();
  await closed;
  return received;
}

describe('a request that never ends', () => {
  test.each([
    ['in its first line', 'POST /Exec'],
    ['in its headers', 'POST /Execute HTTP/1.1\r\nhost: local'],
    ['before its body', `POST /Execute HTTP/1.1\r\n${headText({ 'content-length': '50' })}\r\n`],
    ['in its body', `POST /Execute HTTP/1.1\r\n${headText({ 'content-length': '500' })}\r\n${validBody}`],
    ['in a chunk', `POST /Execute HTTP/1.1\r\n${headText({ 'transfer-encoding': 'chunked' })}\r\nff\r\n{"a`],
    ['in the body of a fault', 'POST /_faults HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{'],
  ])('%s gets no response', async (_where, text) => {
    expect(await exchange(text)).toBe('');
  });
});

describe('a request with a wrong length', () => {
  test('that is too short is refused', async () => {
    const text = `POST /Execute HTTP/1.1\r\n${headText({ 'content-length': '10' })}\r\n${validBody}`;
    expect(await exchange(text)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(['-1', 'x', '1e3', '99999999999999999999999', '5, 6'])('%s is refused', async (length) => {
    const text = `POST /Execute HTTP/1.1\r\n${headText({ 'content-length': length })}\r\n${validBody}`;
    expect(await exchange(text)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a request that is too large', () => {
  const refused =
    /^HTTP\/1\.1 400 [\s\S]*x-amzn-errortype: BadRequestException[\s\S]*\r\nConnection: close\r\n/i;

  test('is refused at once when it announces an absurd size', async () => {
    const head = headText({ 'content-length': '10000000000' });
    expect(await exchange(`POST /Execute HTTP/1.1\r\n${head}\r\n`, 2_000)).toMatch(refused);
  });

  test('is refused and disconnected when it sends without an end', async () => {
    const socket = connect(api.server.port, '127.0.0.1');
    const closed = once(socket, 'close').catch(() => {});
    socket.resume();
    socket.write(`POST /Execute HTTP/1.1\r\n${headText({ 'transfer-encoding': 'chunked' })}\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sentBytes = 0;
    while (!socket.destroyed) {
      sentBytes += chunk.length;
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
    }
    expect(sentBytes).toBeLessThan(20_000_000);
  });
});

describe('a body that is not a request', () => {
  test.each<[string, string]>([
    ['an empty one', ''],
    ['a truncated one', validBody.slice(0, -1)],
    ['two', validBody + validBody],
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[]'],
    ['bytes that are not UTF-8', '\ufffd\u0000'],
    ['very deep nesting', '['.repeat(45_000) + ']'.repeat(45_000)],
    ['very deep nesting in a parameter', deepArray(5_000)],
    ['an integer of 90,000 digits', `{"sql":${'9'.repeat(90_000)}}`],
    ['a prototype', `{"__proto__":${validBody}}`],
    ['20,000 wrong parameters', JSON.stringify({ ...arns, sql: '', parameters: Array(20_000).fill(0) })],
  ])('is refused in less than 10 seconds: %s', async (_what, body) => {
    const startedMs = performance.now();
    const response = await postSigned(api.server.url, '/Execute', body);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toMatch(/^(Serialization|Validation)Exception$/);
    expect((await response.text()).length).toBeLessThan(10_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('of any JSON is rejected with a 4xx and a message', async () => {
    const member = fc.constantFrom('sql', 'parameters', 'parameterSets', 'name', 'value', 'transactionId');
    const json = fc.oneof(
      fc.json(),
      fc.dictionary(member, fc.jsonValue()).map((value) => JSON.stringify({ ...arns, ...value })),
    );
    const path = fc.constantFrom('/Execute', '/BatchExecute', '/BeginTransaction', '/CommitTransaction');
    await fc.assert(
      fc.asyncProperty(path, json, async (to, body) => {
        const response = await postSigned(api.server.url, to, body);
        const answer: unknown = await response.json();
        if (response.status === 200) return;
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        expect(answer).toEqual({ message: expect.any(String) });
      }),
      { numRuns: 150 },
    );
  });

  test.each(['POST', 'PUT', 'DELETE'])(
    '%s /_faults with invalid JSON never ends the server',
    async (method) => {
      const response = await fetch(`${api.server.url}/_faults`, { method, body: '{' });
      await response.text();
      expect(response.status).toBe({ POST: 400, PUT: 404, DELETE: 204 }[method]);
    },
  );
});

test('bytes that are not HTTP close their own connection only', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      expect(await exchange(Buffer.from(bytes), 5)).toMatch(/^(HTTP\/1\.1 4|$)/);
    }),
    { numRuns: 50 },
  );
});

test.each(['GET', 'HEAD', 'PUT', 'OPTIONS', 'TRACE'])(
  '%s /Execute is an unknown operation',
  async (method) => {
    const sent = request(`${api.server.url}/Execute`, { method, headers: signedHeaders() });
    sent.end();
    const [response] = await once(sent, 'response');
    response.resume();
    expect(response.statusCode).toBe(404);
  },
);

describe('a null character', () => {
  test.each<[string, object]>([
    ['in SQL', { sql: 'SELECT 1\0, 2' }],
    ['in a parameter', { sql: 'SELECT :p', parameters: [{ name: 'p', value: { stringValue: 'a\0b' } }] }],
    ['in a database name', { sql: 'SELECT 1', database: 'a\0b' }],
  ])('%s is refused', async (_where, input) => {
    const response = await postSigned(api.server.url, '/Execute', { ...arns, ...input });
    expect(response.status).toBe(400);
    await response.text();
  });
});

test('no more than 1,000 faults can be pending', async () => {
  const add = () =>
    fetch(`${api.server.url}/_faults`, { method: 'POST', body: '{"kind":"resuming","sqlContains":"no"}' });
  for (let i = 0; i < 999; i += 1) api.server.faults.add({ kind: 'resuming', sqlContains: 'no' });
  expect((await add()).status).toBe(201);
  const refused = await add();
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({ message: '1000 faults are pending: clear them first' });
  api.server.faults.clear();
});

describe('a PostgreSQL that stops answering', () => {
  test('fails a new connection and a BEGIN after their time limits', async () => {
    const proxy = await createFreezableProxy(api.database.url);
    const connections = createConnections(proxy.databaseUrl, 2_000);
    const transactions = createTransactions({ connections, limits: awsLimits });
    const bounds = { timeoutMs: 100, continueAfterTimeout: false, signal: new AbortController().signal };
    try {
      await connections.release(await connections.acquire());
      proxy.freeze();
      expect(await failure(transactions.begin(undefined, bounds))).toMatchObject({
        name: 'StatementTimeoutException',
      });
      expect(await failure(connections.acquire())).toMatchObject({ name: 'DatabaseUnavailableException' });
      expect(transactions.openCount()).toBe(0);
    } finally {
      await connections.close();
      proxy.close();
    }
  });
});

/** A proxy to PostgreSQL. After `freeze` its connections stay open, and it forwards nothing. */
async function createFreezableProxy(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const forward = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.on('data', (bytes) => isFrozen || to.write(bytes));
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    forward(client, upstream);
    forward(upstream, client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const proxyUrl = new URL(databaseUrl);
  proxyUrl.port = String(address.port);
  return {
    databaseUrl: proxyUrl.href,
    freeze() {
      isFrozen = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function deepArray(depth: number) {
  const value = `${'{"arrayValues":['.repeat(depth)}${']}'.repeat(depth)}`;
  return `{"sql":"SELECT :p","parameters":[{"name":"p","value":{"arrayValue":${value}}}]}`;
}
