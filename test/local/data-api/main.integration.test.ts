import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { outputOf } from '../../support/process-output.ts';
import { until } from '../../support/until.ts';
import { arns, createClient, failure } from './data-api-fixture.ts';

const main = new URL('../../../local/data-api/main.ts', import.meta.url).pathname;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args]);
  running.push(child);
  const { output, wrote } = outputOf(child);
  return { child, output, wrote, exit: once(child, 'close').then(([code]: unknown[]) => code) };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'prints its address, serves, and ends cleanly on %s',
  async (signal) => {
    const { child, output, wrote, exit } = run('--port', '0', '--database-url', database.url);
    const line = await wrote(/^AWS_ENDPOINT_URL_RDS_DATA=.*$/m);
    const url = line.replace(/^.*?=/, '');
    expect(output.out).toContain(`The Data API is at ${url}`);
    expect(output.out).toContain(arns.resourceArn);
    expect(output.out).toContain(arns.secretArn);

    const client = createClient(url);
    const execute = (sql: string) => client.send(new ExecuteStatementCommand({ ...arns, sql }));
    expect((await execute('SELECT 1')).records).toEqual([[{ longValue: 1 }]]);
    await wrote(/^ExecuteStatement 200 \d+ B \d+ ms$/m);
    await failure(execute('SELECT 1/0'));
    await wrote(/^ExecuteStatement 400 .* DatabaseErrorException: ERROR: division by zero/m);

    child.kill(signal);
    expect(await exit).toBe(0);
    client.destroy();
    const left =
      "SELECT FROM pg_stat_activity WHERE application_name = 'data-api' AND datname = current_database()";
    expect((await database.pool.query(left)).rowCount).toBe(0);
  },
);

test('a second signal does not interrupt the shutdown', async () => {
  const { child, wrote, exit } = run('--port', '0', '--database-url', database.url);
  const url = (await wrote(/^AWS_ENDPOINT_URL_RDS_DATA=.*$/m)).replace(/^.*?=/, '');
  const client = createClient(url);
  const running = failure(client.send(new ExecuteStatementCommand({ ...arns, sql: 'SELECT pg_sleep(60)' })));
  const active = `SELECT FROM pg_stat_activity
    WHERE query = 'SELECT pg_sleep(60)' AND state = 'active' AND datname = current_database()`;
  await until('the statement runs', async () => (await database.pool.query(active)).rowCount === 1);

  child.kill('SIGINT');
  await running;
  child.kill('SIGINT');
  expect(await exit).toBe(0);
  client.destroy();
  expect((await database.pool.query(active)).rowCount).toBe(0);
});

test('prints one line about an invalid argument', async () => {
  const { output, exit } = run('--database-url', database.url, '--port', 'x');
  expect(await exit).toBe(1);
  expect(output.errors).toMatch(/^--port is not valid: .*\. --help prints all options\.\n$/);
});

test('prints one line when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const { output, exit } = run('--database-url', database.url, '--port', String(port));
  expect(await exit).toBe(1);
  expect(output.errors).toBe(
    `Port ${port} cannot be opened: listen EADDRINUSE: address already in use 127.0.0.1:${port}. Choose another --port.\n`,
  );
  other.close();
});

test.each([
  [
    'is not reachable',
    'postgres://postgres@127.0.0.1:1/app',
    /^Cannot connect to the database app at 127\.0\.0\.1:1: connect ECONNREFUSED .*\.\n$/,
  ],
  [
    'lacks the database',
    undefined,
    /^Cannot connect to the database nowhere at \S+: database "nowhere" does not exist\.\n$/,
  ],
])('prints one line when PostgreSQL %s', async (_what, url, line) => {
  const { output, exit } = run('--database-url', url ?? database.url.replace(/[^/]+$/, 'nowhere'));
  expect(await exit).toBe(1);
  expect(output.errors).toMatch(line);
});
