import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  DatabaseResumingException,
  DatabaseUnavailableException,
  ExecuteStatementCommand,
  InternalServerErrorException,
  ServiceUnavailableError,
  StatementTimeoutException,
  TransactionNotFoundException,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  arns,
  createClient,
  createDataApiFixture,
  type DataApiFixture,
  failure,
} from './data-api-fixture.ts';

let api: DataApiFixture;
let nowMs = Date.now();
beforeAll(async () => {
  api = await createDataApiFixture({ now: () => nowMs });
  await api.execute('CREATE TABLE t (a int)');
});
afterAll(() => api.close());
beforeEach(async () => {
  api.server.faults.clear();
  await api.execute('TRUNCATE t');
  api.server.resetStats();
});

const select = () => api.execute('SELECT 1');
const insert = () => api.execute('INSERT INTO t VALUES (1)');
const rows = async () => (await api.database.pool.query('SELECT FROM t')).rowCount;
/** One letter for each call: whether it passed or failed. */
const outcomes = async (calls: number) => {
  let letters = '';
  for (let i = 0; i < calls; i += 1)
    letters += await select().then(
      () => 'p',
      () => 'f',
    );
  return letters;
};

describe('a fault raises the error of its kind', () => {
  test.each([
    ['resuming', DatabaseResumingException, 400],
    ['internalError', InternalServerErrorException, 500],
    ['serviceUnavailable', ServiceUnavailableError, 503],
    ['databaseUnavailable', DatabaseUnavailableException, 504],
    ['statementTimeout', StatementTimeoutException, 400],
  ] as const)('%s', async (kind, type, httpStatusCode) => {
    api.server.faults.add({ kind });
    const error = await failure(select());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ $metadata: { httpStatusCode } });
  });

  test('throttling, which the SDK retries', async () => {
    api.server.faults.add({ kind: 'throttling', times: 2 });
    expect(await failure(select())).toMatchObject({ name: 'ThrottlingException' });
    const patient = createClient(api.server.url, { maxAttempts: 2 });
    const { $metadata } = await patient.send(new ExecuteStatementCommand({ ...arns, sql: 'SELECT 1' }));
    expect($metadata.attempts).toBe(2);
    patient.destroy();
  });

  test('connectionReset', async () => {
    api.server.faults.add({ kind: 'connectionReset' });
    expect(await failure(select())).toMatchObject({
      message: expect.stringMatching(/ECONNRESET|socket hang up/),
    });
    await select();
  });

  test('delay, after which the call succeeds', async () => {
    api.server.faults.add({ kind: 'delay', delayMs: 200 });
    const startedMs = performance.now();
    await select();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(195);
  });

  test('transactionLost, before a call that then fails', async () => {
    const transactionId = await api.begin();
    api.server.faults.add({ kind: 'transactionLost' });
    const error = await failure(api.execute('INSERT INTO t VALUES (1)', { transactionId }));
    expect(error).toBeInstanceOf(TransactionNotFoundException);
  });

  test('transactionLost, after a call that succeeded', async () => {
    const transactionId = await api.begin();
    api.server.faults.add({ kind: 'transactionLost', when: 'after' });
    await api.execute('INSERT INTO t VALUES (1)', { transactionId });
    const commit = api.client.send(new CommitTransactionCommand({ ...arns, transactionId }));
    expect(await failure(commit)).toBeInstanceOf(TransactionNotFoundException);
    expect(await rows()).toBe(0);
  });
});

describe('a transactionLost fault waits for a call that it can affect', () => {
  const commit = (transactionId: string) =>
    api.client.send(new CommitTransactionCommand({ ...arns, transactionId }));

  test('past BeginTransaction and calls outside of a transaction', async () => {
    api.server.faults.add({ kind: 'transactionLost' });
    await select();
    const transactionId = await api.begin();
    await select();
    expect(api.server.faults.list()).toMatchObject([{ hits: 0 }]);
    expect(await failure(api.execute('SELECT 1', { transactionId }))).toBeInstanceOf(
      TransactionNotFoundException,
    );
    expect(api.server.faults.list()).toEqual([]);
  });

  test('past a transaction that is not open', async () => {
    api.server.faults.add({ kind: 'transactionLost' });
    await failure(api.execute('SELECT 1', { transactionId: 'unknown' }));
    expect(api.server.faults.list()).toMatchObject([{ hits: 0 }]);
  });

  test('past the end of a transaction when it applies after the call', async () => {
    const first = await api.begin();
    api.server.faults.add({ kind: 'transactionLost', when: 'after' });
    await commit(first);
    expect(api.server.faults.list()).toMatchObject([{ hits: 0 }]);
    const second = await api.begin();
    await api.execute('SELECT 1', { transactionId: second });
    expect(await failure(commit(second))).toBeInstanceOf(TransactionNotFoundException);
  });

  test.each([
    { operation: 'BeginTransaction' },
    { operation: 'CommitTransaction', when: 'after' },
    { operation: 'RollbackTransaction', when: 'after' },
  ] as const)('and is refused where no call can ever be affected: %j', (where) => {
    expect(() => api.server.faults.add({ kind: 'transactionLost', ...where })).toThrow(/transaction/);
  });
});

describe('a fault affects calls', () => {
  test('before the statement has run, by default', async () => {
    api.server.faults.add({ kind: 'internalError' });
    await failure(insert());
    expect(await rows()).toBe(0);
  });

  test('after the statement has run, with `when`', async () => {
    api.server.faults.add({ kind: 'connectionReset', when: 'after' });
    await failure(insert());
    expect(await rows()).toBe(1);
  });

  test('once, by default', async () => {
    api.server.faults.add({ kind: 'internalError' });
    expect(await outcomes(3)).toBe('fpp');
  });

  test('as many times as `times` says', async () => {
    api.server.faults.add({ kind: 'internalError', times: 2 });
    expect(await outcomes(4)).toBe('ffpp');
  });

  test('for a time that starts with the first affected call', async () => {
    api.server.faults.add({ kind: 'resuming', forMs: 15_000 });
    nowMs += 60_000;
    expect(await outcomes(1)).toBe('f');
    nowMs += 14_999;
    expect(await outcomes(2)).toBe('ff');
    nowMs += 1;
    expect(await outcomes(1)).toBe('p');
  });

  test('by a share that is the same for the same seed', async () => {
    const sequence = async (seed: number) => {
      api.server.faults.clear();
      api.server.faults.add({ kind: 'internalError', probability: 0.5, seed });
      return outcomes(40);
    };
    const first = await sequence(7);
    expect(first.replaceAll('p', '').length).toBeGreaterThan(8);
    expect(first.replaceAll('f', '').length).toBeGreaterThan(8);
    expect(await sequence(7)).toBe(first);
    expect(await sequence(8)).not.toBe(first);
  });

  test('of its operation only', async () => {
    api.server.faults.add({ kind: 'internalError', operation: 'BeginTransaction' });
    await select();
    const begin = api.client.send(new BeginTransactionCommand(arns));
    expect(await failure(begin)).toBeInstanceOf(InternalServerErrorException);
  });

  test('with SQL that contains its text', async () => {
    api.server.faults.add({ kind: 'internalError', sqlContains: 'INTO t' });
    await select();
    expect(await failure(insert())).toBeInstanceOf(InternalServerErrorException);
  });
});

describe('over HTTP', () => {
  const admin = (method: string, path: string, body?: unknown) =>
    fetch(api.server.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });

  test('faults are added, listed and cleared', async () => {
    expect((await admin('POST', '/_faults', { kind: 'internalError', times: 2 })).status).toBe(201);
    await failure(select());
    expect(await (await admin('GET', '/_faults')).json()).toEqual([
      { kind: 'internalError', when: 'before', times: 2, seed: 1, hits: 1 },
    ]);
    expect((await admin('DELETE', '/_faults')).status).toBe(204);
    await select();
    expect(api.server.faults.list()).toEqual([]);
  });

  test.each([
    [{ kind: 'nope' }],
    [{ kind: 'delay' }],
    [{ kind: 'resuming', delayMs: 5 }],
    [{ kind: 'resuming', seconds: 5 }],
  ])('%j is refused with a reason', async (fault) => {
    const response = await admin('POST', '/_faults', fault);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringMatching(/./) });
  });

  test('the statistics are those of the server', async () => {
    await select();
    expect(await (await admin('GET', '/_stats')).json()).toEqual(api.server.stats);
    await admin('DELETE', '/_stats');
    expect(api.server.stats.calls.ExecuteStatement).toBe(0);
  });
});

test('calls, the bytes of their responses and open transactions are counted', async () => {
  await select();
  await failure(api.execute('SELECT 1/0'));
  const transactionId = await api.begin();
  await api.execute("SELECT repeat('x', 1000)", { transactionId });
  expect(api.server.stats).toEqual({
    calls: {
      ExecuteStatement: 3,
      BatchExecuteStatement: 0,
      BeginTransaction: 1,
      CommitTransaction: 0,
      RollbackTransaction: 0,
    },
    responseBytes: expect.any(Number),
    maxResponseBytes: '{"numberOfRecordsUpdated":0,"records":[[{"stringValue":""}]]}'.length + 1000,
    openTransactions: 1,
  });
  await api.client.send(new CommitTransactionCommand({ ...arns, transactionId }));
  expect(api.server.stats.openTransactions).toBe(0);
});

test('each call is logged, with the cause that the client does not see', async () => {
  const reported: unknown[] = [];
  const other = await createDataApiFixture({ log: (event) => reported.push(event) });
  try {
    await other.execute('SELECT 1');
    await failure(other.execute('SELECT 1/0'));
  } finally {
    await other.close();
  }
  expect(reported).toEqual([
    { operation: 'ExecuteStatement', status: 200, durationMs: expect.any(Number), responseBytes: 58 },
    {
      operation: 'ExecuteStatement',
      status: 400,
      durationMs: expect.any(Number),
      responseBytes: expect.any(Number),
      error: expect.objectContaining({ cause: expect.objectContaining({ code: '22012' }) }),
    },
  ]);
});
