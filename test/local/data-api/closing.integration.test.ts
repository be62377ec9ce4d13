import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { DatabaseUnavailableException, ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createDataApiServer } from '../../../local/data-api/create-data-api-server.ts';
import { until } from '../../support/until.ts';
import {
  arns,
  createClient,
  createDataApiFixture,
  type DataApiFixture,
  failure,
} from './data-api-fixture.ts';
import { postSigned } from './signed-request.ts';

let api: DataApiFixture | undefined;
const start = async () => {
  api = await createDataApiFixture();
  return api;
};
afterEach(async () => {
  await api?.close();
  api = undefined;
});

describe('a closed server', () => {
  test('has cancelled its statements, rolled its transactions back and ended its sessions within 5 seconds', async () => {
    const { server, begin, execute, untilRunning, sessions, database } = await start();
    await execute('CREATE TABLE t (a int)');
    await execute('INSERT INTO t VALUES (1)', { transactionId: await begin() });
    const busy = await begin();
    await execute('INSERT INTO t VALUES (2)', { transactionId: busy });
    const running = [
      failure(execute('SELECT pg_sleep(60)')),
      failure(execute('SELECT pg_sleep(60)', { transactionId: busy })),
      failure(execute('SELECT pg_sleep(60)', { continueAfterTimeout: true })),
    ];
    await untilRunning('pg_sleep', 3);

    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await sessions()).toEqual([]);
    expect((await database.pool.query('SELECT FROM t')).rowCount).toBe(0);
    await Promise.all(running);
  });

  test('refuses connections, and can be closed again', async () => {
    const { server, execute } = await start();
    await execute('SELECT 1');
    await server.close();
    await server.close();
    expect(await failure(execute('SELECT 1'))).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('does not wait for idle connections and unfinished requests', async () => {
    const { server } = await start();
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) });
    const unfinished = failure(
      fetch(`${server.url}/Execute`, { method: 'POST', body: endless, duplex: 'half' }),
    );
    await (await fetch(`${server.url}/_stats`)).text();
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    await unfinished;
  });
});

describe('a client that disconnects', () => {
  /** Sends a statement that takes a minute, and disconnects once PostgreSQL runs it. */
  const hangUp = async ({ server, untilRunning }: DataApiFixture, input: object) => {
    const gone = new AbortController();
    const body = { ...arns, sql: 'SELECT pg_sleep(60)', ...input };
    const request = failure(postSigned(server.url, '/Execute', body, { signal: gone.signal }));
    await untilRunning('pg_sleep');
    gone.abort();
    await request;
    await untilRunning('pg_sleep', 0);
  };

  test('cancels its statement', async () => {
    await hangUp(await start(), {});
  });

  test('leaves its transaction to the idle limit', async () => {
    const fixture = await start();
    await hangUp(fixture, { transactionId: await fixture.begin() });
    expect(fixture.server.stats.openTransactions).toBe(1);
    expect(await fixture.sessions()).toContain('idle in transaction (aborted)');
  });
});

test('sessions are reused, and no call leaks one', async () => {
  const { execute, begin, sessions } = await start();
  for (let round = 0; round < 5; round += 1) {
    await Promise.allSettled([
      ...Array.from({ length: 8 }, () => execute('SELECT 1')),
      execute('SELECT 1/0'),
      execute('not SQL'),
      execute("SELECT '1 day'::interval"),
      execute("SELECT repeat('x', 5000) FROM generate_series(1, 1000)"),
      execute('COPY (SELECT 1) TO STDOUT'),
      execute('BEGIN'),
      begin().then((transactionId) => execute('SELECT 1/0', { transactionId, database: 'other' })),
    ]);
  }
  // Sessions are given back after the answer, so the last ones may still be about to end.
  await until('five transactions and at most four more sessions are open', async () => {
    const states = await sessions();
    const open = states.filter((state) => state === 'idle in transaction').length;
    return open === 5 && states.length - open <= 4;
  });
});

describe('a database that cannot be reached', () => {
  test('makes calls fail as unavailable until it is reachable', async () => {
    const { database, sessions } = await start();
    const { hostname, port } = new URL(database.url);
    let isUp = false;
    const proxy = createServer((client) => {
      if (!isUp) return client.destroy();
      const upstream = connect(Number(port), hostname);
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
      return client.pipe(upstream).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxyUrl = new URL(database.url);
    proxyUrl.port = String(address.port);

    const server = await createDataApiServer({ ...arns, databaseUrl: proxyUrl.href });
    const client = createClient(server.url);
    const select = () => client.send(new ExecuteStatementCommand({ ...arns, sql: 'SELECT 1' }));
    try {
      const error = await failure(select());
      expect(error).toBeInstanceOf(DatabaseUnavailableException);
      expect(error).toMatchObject({ $metadata: { httpStatusCode: 504 } });
      isUp = true;
      await select();
    } finally {
      client.destroy();
      await server.close();
      proxy.close();
    }
    expect(await sessions()).toEqual([]);
  });

  test('fails the running statement and no later one', async () => {
    const { database, execute, untilRunning } = await start();
    const cut = failure(execute('SELECT pg_sleep(60)'));
    await untilRunning('pg_sleep');
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'data-api' AND datname = current_database()`,
    );
    expect(await cut).toBeInstanceOf(DatabaseUnavailableException);
    await execute('SELECT 1');
  });

  test('loses its transactions', async () => {
    const { database, begin, execute } = await start();
    const transactionId = await begin();
    await database.pool.query(
      `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
       WHERE application_name = 'data-api' AND datname = current_database()`,
    );
    const names = ['DatabaseUnavailableException', 'TransactionNotFoundException'];
    expect(names).toContain(errorName(await failure(execute('SELECT 1', { transactionId }))));
    expect(errorName(await failure(execute('SELECT 1', { transactionId })))).toBe(
      'TransactionNotFoundException',
    );
  });
});

const errorName = (error: unknown) => (error instanceof Error ? error.name : undefined);
