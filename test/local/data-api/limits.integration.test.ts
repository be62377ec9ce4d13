import {
  BadRequestException,
  BatchExecuteStatementCommand,
  CommitTransactionCommand,
  StatementTimeoutException,
  TransactionNotFoundException,
  UnsupportedResultException,
} from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Limits } from '../../../local/data-api/limits.ts';
import { until } from '../../support/until.ts';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';
import { postSigned } from './signed-request.ts';

const open: DataApiFixture[] = [];
const start = async (limits: Partial<Limits> = {}) => {
  const api = await createDataApiFixture({ limits });
  open.push(api);
  return api;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
});

const kilobyte = 'x'.repeat(1024);
const rowsOfKilobytes = (count: number) => `SELECT '${kilobyte}' FROM generate_series(1, ${count})`;

describe('a result of exactly 1,000 bytes: 2 for each row, 4 for each column, and the values', () => {
  let exact: DataApiFixture;
  let tooSmall: DataApiFixture;
  beforeAll(async () => {
    exact = await createDataApiFixture({ limits: { maxResponseBytes: 1_000 } });
    tooSmall = await createDataApiFixture({ limits: { maxResponseBytes: 999 } });
  });
  afterAll(() => Promise.all([exact.close(), tooSmall.close()]));

  test.each([
    ['one value', "repeat('x', 1000 - 6)", 1],
    ['characters of two bytes', "repeat('é', 497)", 1],
    ['characters that JSON escapes', `repeat('"', 1000 - 6)`, 1],
    ['two columns', "repeat('x', 1000 - 10), ''", 1],
    ['bytes', "decode(repeat('00', 1000 - 6), 'hex')", 1],
    ['a null', "NULL::text, repeat('x', 1000 - 10)", 1],
    ['ten rows', "repeat('x', 100 - 6)", 10],
    ['rows without columns', '', 500],
  ])('fits into a limit of 1,000 and not of 999: %s', async (_what, columns, rows) => {
    const sql = `SELECT ${columns} FROM generate_series(1, ${rows})`;
    expect((await exact.execute(sql)).records).toHaveLength(rows);
    expect(await failure(tooSmall.execute(sql))).toBeInstanceOf(BadRequestException);
  });
});

describe('the response', () => {
  test('is counted the same as formatted JSON', async () => {
    const api = await start({ maxResponseBytes: 1_000 });
    const formatted = (characters: number) =>
      api.execute(`SELECT repeat('"', ${characters})`, { formatRecordsAs: 'JSON' });
    await formatted(994);
    expect(await failure(formatted(995))).toBeInstanceOf(BadRequestException);
  });

  test('can be limited as encoded JSON too', async () => {
    const { text } = await execute(await start(), "SELECT ''");
    const exact = await start({ maxResponseBytes: text.length + 20, limitEncodedResponse: true });
    expect((await execute(exact, `SELECT '${'x'.repeat(20)}'`)).text).toHaveLength(text.length + 20);
    expect(await execute(exact, `SELECT '${'x'.repeat(21)}'`)).toMatchObject({ status: 400 });
    expect(await execute(exact, `SELECT '${'"'.repeat(11)}'`)).toMatchObject({ status: 400 });
  });

  test('beyond 1 MiB fails the call', async () => {
    const api = await start();
    expect((await api.execute(rowsOfKilobytes(900))).records).toHaveLength(900);
    expect(await failure(api.execute(rowsOfKilobytes(1024)))).toMatchObject({
      name: 'BadRequestException',
      message: 'Database returned more than the allowed response size limit',
    });
  });

  test('can be refused with the error of Aurora Serverless v2', async () => {
    const api = await start({ oversizedResponseError: 'UnsupportedResultException' });
    const error = await failure(api.execute(rowsOfKilobytes(1024)));
    expect(error).toBeInstanceOf(UnsupportedResultException);
    expect(error).toMatchObject({ message: 'The result exceeds the size limit 1 MB.' });
  });

  test('beyond the limit loses the transaction', async () => {
    const api = await start();
    await api.execute('CREATE TABLE t (a int)');
    const transactionId = await api.begin();
    await api.execute('INSERT INTO t VALUES (1)', { transactionId });
    await failure(api.execute(rowsOfKilobytes(1024), { transactionId }));
    expect(await failure(api.execute('SELECT 1', { transactionId }))).toMatchObject({
      name: 'TransactionNotFoundException',
      message: expect.stringMatching(/Transaction has been aborted due to an error from a previous call\.$/),
    });
    expect(await api.value('SELECT count(*) FROM t')).toEqual({ longValue: 0 });
  });

  test('is read up to the limit only: a huge SELECT needs little memory and time', async () => {
    const api = await start();
    const startedMs = performance.now();
    const heapBefore = process.memoryUsage().heapUsed;
    await failure(api.execute("SELECT repeat('x', 5000), generate_series(1, 100000000)"));
    await failure(api.execute('SELECT FROM (SELECT generate_series(1, 100000000)) AS endless'));
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(100 * 1024 ** 2);
    expect(await api.value('SELECT 1')).toEqual({ longValue: 1 });
  });
});

describe('a row', () => {
  test('beyond 64 KB fails the call and loses the transaction', async () => {
    const api = await start();
    await api.execute("SELECT repeat('x', 65536)");
    await api.execute("SELECT decode(repeat('00', 65536), 'hex')");
    const transactionId = await api.begin();
    expect(await failure(api.execute("SELECT repeat('x', 65536), 'y'", { transactionId }))).toMatchObject({
      name: 'BadRequestException',
      message: 'Packet for query is too large (65537 > 65536)',
    });
    expect(await failure(api.execute('SELECT 1', { transactionId }))).toBeInstanceOf(
      TransactionNotFoundException,
    );
  });

  test('may be as large as the response when the check is off', async () => {
    const api = await start({ maxRowBytes: false });
    expect((await api.value("SELECT repeat('x', 100000)"))?.stringValue).toHaveLength(100_000);
  });
});

test('a request beyond 4 MiB is refused', async () => {
  const api = await start();
  const stringValue = 'x'.repeat(4 * 1024 ** 2 - 1024);
  const size = (value: string) =>
    api.execute('SELECT length(:p)', { parameters: [{ name: 'p', value: { stringValue: value } }] });
  expect((await size(stringValue)).records).toEqual([[{ longValue: stringValue.length }]]);
  expect(await failure(size(`${stringValue}${kilobyte}`))).toBeInstanceOf(BadRequestException);
});

describe('a statement that takes too long', () => {
  test('is cancelled, and the call fails', async () => {
    const api = await start({ statementTimeoutMs: 200 });
    const error = await failure(api.execute('SELECT pg_sleep(30)'));
    expect(error).toBeInstanceOf(StatementTimeoutException);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 400 }, dbConnectionId: expect.any(Number) });
    await api.untilRunning('pg_sleep', 0);
  });

  test('ends a batch between two statements', async () => {
    const api = await start({ statementTimeoutMs: 200 });
    const parameterSets = Array.from({ length: 500 }, () => []);
    const batch = new BatchExecuteStatementCommand({ ...arns, sql: 'SELECT pg_sleep(0.01)', parameterSets });
    const startedMs = performance.now();
    expect(await failure(api.client.send(batch))).toBeInstanceOf(StatementTimeoutException);
    expect(performance.now() - startedMs).toBeLessThan(4_500); // the whole batch takes 5 s
  });

  test('runs on with continueAfterTimeout', async () => {
    const api = await start({ statementTimeoutMs: 200 });
    await api.execute('CREATE TABLE t (a text)');
    const sql = 'INSERT INTO t SELECT pg_sleep(0.5)::text';
    expect(await failure(api.execute(sql, { continueAfterTimeout: true }))).toBeInstanceOf(
      StatementTimeoutException,
    );
    await api.untilRunning('pg_sleep', 1);
    await api.untilRunning('pg_sleep', 0);
    expect(await api.value('SELECT count(*) FROM t')).toEqual({ longValue: 1 });
  });

  test('that runs on blocks its transaction', async () => {
    const api = await start({ statementTimeoutMs: 200 });
    const transactionId = await api.begin();
    await failure(api.execute('SELECT pg_sleep(0.5)', { transactionId, continueAfterTimeout: true }));
    expect(await failure(api.execute('SELECT 1', { transactionId }))).toMatchObject({
      message: 'Transaction is still running a query',
    });
    await api.untilRunning('pg_sleep', 0);
    expect(await api.value('SELECT 1', { transactionId })).toEqual({ longValue: 1 });
  });

  test('fails its transaction, which can be rolled back', async () => {
    const api = await start({ statementTimeoutMs: 200 });
    const transactionId = await api.begin();
    await failure(api.execute('SELECT pg_sleep(30)', { transactionId }));
    expect(await failure(api.execute('SELECT 1', { transactionId }))).toMatchObject({
      message: expect.stringContaining('25P02'),
    });
  });
});

describe('a transaction', () => {
  const commit = (api: DataApiFixture, transactionId: string) =>
    api.client.send(new CommitTransactionCommand({ ...arns, transactionId }));

  test('is rolled back after the idle limit', async () => {
    const api = await start({ transactionIdleMs: 300 });
    await api.execute('CREATE TABLE t (a int)');
    const transactionId = await api.begin();
    await api.execute('INSERT INTO t VALUES (1)', { transactionId });
    await untilNoneOpen(api);
    expect(await failure(commit(api, transactionId))).toMatchObject({
      name: 'TransactionNotFoundException',
      message: `Transaction ${transactionId} is not found. Transaction may be expired.`,
    });
    expect(await api.value('SELECT count(*) FROM t')).toEqual({ longValue: 0 });
  });

  test('stays open while calls use it', async () => {
    const api = await start({ transactionIdleMs: 1_000 });
    const transactionId = await api.begin();
    await api.execute('SELECT pg_sleep(1.2)', { transactionId });
    await api.execute('SELECT pg_sleep(0.6)', { transactionId });
    await api.execute('SELECT pg_sleep(0.6)', { transactionId });
    await commit(api, transactionId);
  });

  test('is rolled back at the end of its lifetime, even while a statement runs', async () => {
    const api = await start({ transactionLifetimeMs: 300 });
    const transactionId = await api.begin();
    expect(await failure(api.execute('SELECT pg_sleep(30)', { transactionId }))).toMatchObject({
      message: expect.stringContaining('57014'),
    });
    expect(await failure(commit(api, transactionId))).toBeInstanceOf(TransactionNotFoundException);
  });
});

const untilNoneOpen = (api: DataApiFixture) =>
  until('no transaction is open', async () => !(await api.sessions()).includes('idle in transaction'));

async function execute(api: DataApiFixture, sql: string) {
  const response = await postSigned(api.server.url, '/Execute', { ...arns, sql });
  return { status: response.status, text: await response.text() };
}
