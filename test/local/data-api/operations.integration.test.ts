import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  DatabaseErrorException,
  RollbackTransactionCommand,
  TransactionNotFoundException,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';

let api: DataApiFixture;
const logged: unknown[] = [];
beforeAll(async () => {
  api = await createDataApiFixture({ log: (event) => logged.push(event) });
  await api.database.pool.query('CREATE TABLE pet (id int PRIMARY KEY, name text NOT NULL)');
  await api.database.pool.query('CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('TRUNCATE pet, late'));

const begin = async (input: { database?: string } = {}) => {
  const { transactionId } = await api.client.send(new BeginTransactionCommand({ ...arns, ...input }));
  if (transactionId === undefined) throw new Error('no transaction id');
  return transactionId;
};
const commit = (transactionId: string) =>
  api.client.send(new CommitTransactionCommand({ ...arns, transactionId }));
const rollback = (transactionId: string) =>
  api.client.send(new RollbackTransactionCommand({ ...arns, transactionId }));
const insert = (id: number, transactionId?: string) =>
  api.execute(`INSERT INTO pet VALUES (${id}, 'Rex')`, transactionId === undefined ? {} : { transactionId });
const petIds = async () =>
  (await api.database.pool.query('SELECT id FROM pet ORDER BY id')).rows.map(({ id }) => id);

describe('ExecuteStatement', () => {
  test('a SELECT answers with records and no metadata', async () => {
    const { $metadata, ...response } = await api.execute('SELECT 1, NULL::text');
    expect(response).toEqual({ records: [[{ longValue: 1 }, { isNull: true }]], numberOfRecordsUpdated: 0 });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a SELECT of no rows answers with an empty list of records', async () => {
    expect((await api.execute('SELECT 1 WHERE false')).records).toEqual([]);
  });

  test('a change answers with the number of rows and no generated fields', async () => {
    await insert(1);
    await insert(2);
    const { $metadata, ...response } = await api.execute("UPDATE pet SET name = 'Ace'");
    expect(response).toEqual({ generatedFields: [], numberOfRecordsUpdated: 2 });
  });

  test('a change with RETURNING answers with records', async () => {
    const { records } = await api.execute("INSERT INTO pet VALUES (7, 'Rex') RETURNING id, name");
    expect(records).toEqual([[{ longValue: 7 }, { stringValue: 'Rex' }]]);
  });

  test('DDL and an empty statement change no records', async () => {
    expect((await api.execute('CREATE TEMPORARY TABLE t (a int)')).numberOfRecordsUpdated).toBe(0);
    expect((await api.execute('')).numberOfRecordsUpdated).toBe(0);
  });

  test('a statement without a transaction is committed by itself', async () => {
    await insert(1);
    expect(await petIds()).toEqual([1]);
  });

  test('session state does not outlive a call without a transaction', async () => {
    await api.execute("SET application_name = 'mine'");
    expect(await api.value("SELECT current_setting('application_name') = 'mine'")).toEqual({
      booleanValue: false,
    });
    expect(await failure(api.execute('BEGIN').then(() => api.execute('SAVEPOINT s')))).toBeInstanceOf(
      DatabaseErrorException,
    );
  });

  test('the request’s database runs the statement', async () => {
    expect(await api.value('SELECT current_database()', { database: 'postgres' })).toEqual({
      stringValue: 'postgres',
    });
    expect(await failure(api.execute('SELECT 1', { database: 'nowhere' }))).toMatchObject({
      name: 'DatabaseErrorException',
      message: 'ERROR: database "nowhere" does not exist; SQLState: 3D000',
    });
  });
});

describe('BatchExecuteStatement', () => {
  const batch = (ids: number[], transactionId?: string) =>
    api.client.send(
      new BatchExecuteStatementCommand({
        ...arns,
        sql: "INSERT INTO pet VALUES (:id, 'Rex')",
        parameterSets: ids.map((id) => [{ name: 'id', value: { longValue: id } }]),
        ...(transactionId !== undefined && { transactionId }),
      }),
    );

  test('runs once for each set of parameters and answers with as many empty results', async () => {
    expect((await batch([1, 2, 3])).updateResults).toEqual([
      { generatedFields: [] },
      { generatedFields: [] },
      { generatedFields: [] },
    ]);
    expect(await petIds()).toEqual([1, 2, 3]);
  });

  test('without a transaction, a failing set undoes the others', async () => {
    expect(await failure(batch([1, 2, 1]))).toBeInstanceOf(DatabaseErrorException);
    expect(await petIds()).toEqual([]);
  });

  test('within a transaction, the batch waits for the commit', async () => {
    const transactionId = await begin();
    await batch([1, 2], transactionId);
    expect(await petIds()).toEqual([]);
    await commit(transactionId);
    expect(await petIds()).toEqual([1, 2]);
  });

  test('without parameter sets, the statement runs once', async () => {
    const sql = "INSERT INTO pet VALUES (5, 'Rex')";
    await api.client.send(new BatchExecuteStatementCommand({ ...arns, sql }));
    expect(await petIds()).toEqual([5]);
  });
});

describe('a transaction', () => {
  test('is visible to others once it is committed', async () => {
    const transactionId = await begin();
    await insert(1, transactionId);
    expect(await petIds()).toEqual([]);
    expect((await commit(transactionId)).transactionStatus).toBe('Transaction Committed');
    expect(await petIds()).toEqual([1]);
  });

  test('leaves no row when it is rolled back', async () => {
    const transactionId = await begin();
    await insert(1, transactionId);
    expect((await rollback(transactionId)).transactionStatus).toBe('Rollback Complete');
    expect(await petIds()).toEqual([]);
  });

  test('keeps session state between its calls', async () => {
    const transactionId = await begin();
    await api.execute("SET LOCAL application_name = 'mine'", { transactionId });
    const name = await api.value("SELECT current_setting('application_name')", { transactionId });
    expect(name).toEqual({ stringValue: 'mine' });
    await rollback(transactionId);
  });

  test('can only be rolled back after an error', async () => {
    const transactionId = await begin();
    await insert(1, transactionId);
    await failure(insert(1, transactionId));
    expect(await failure(insert(2, transactionId))).toMatchObject({
      message: expect.stringContaining('25P02'),
    });
    expect((await rollback(transactionId)).transactionStatus).toBe('Rollback Complete');
  });

  test('with a failed statement commits nothing, reports success, and logs a warning', async () => {
    const transactionId = await begin();
    await insert(1, transactionId);
    await failure(api.execute('SELECT 1/0', { transactionId }));
    expect((await commit(transactionId)).transactionStatus).toBe('Transaction Committed');
    expect(await petIds()).toEqual([]);
    expect(logged.at(-1)).toMatchObject({
      operation: 'CommitTransaction',
      status: 200,
      warning: expect.stringMatching(/one of its statements had failed/),
    });
    expect(await failure(rollback(transactionId))).toBeInstanceOf(TransactionNotFoundException);
  });

  test('that is committed without a failed statement logs no warning', async () => {
    await commit(await begin());
    expect(logged.at(-1)).not.toHaveProperty('warning');
  });

  test.each([
    ['COMMIT', commit, 'Transaction Committed', [1]],
    ['COMMIT', rollback, 'Rollback Complete', [1]],
    ['ROLLBACK', commit, 'Transaction Committed', []],
    ['ROLLBACK', rollback, 'Rollback Complete', []],
  ] as const)(
    'outlives the SQL statement %s, and is then ended by its own operation',
    async (sql, end, status, ids) => {
      const transactionId = await begin();
      await insert(1, transactionId);
      await api.execute(sql, { transactionId });
      expect(await petIds()).toEqual(ids);
      expect(api.server.stats.openTransactions).toBe(1);
      expect((await end(transactionId)).transactionStatus).toBe(status);
      expect(api.server.stats.openTransactions).toBe(0);
      expect(await failure(end(transactionId))).toBeInstanceOf(TransactionNotFoundException);
    },
  );

  test('commits each statement by itself after the SQL statement COMMIT', async () => {
    const transactionId = await begin();
    await api.execute('COMMIT', { transactionId });
    await insert(1, transactionId);
    await rollback(transactionId);
    expect(await petIds()).toEqual([1]);
  });

  test('is over when its commit fails', async () => {
    const transactionId = await begin();
    await api.execute('INSERT INTO late VALUES (1), (1)', { transactionId });
    expect(await failure(commit(transactionId))).toMatchObject({
      message: expect.stringContaining('SQLState: 23505'),
    });
    expect(await failure(rollback(transactionId))).toBeInstanceOf(TransactionNotFoundException);
    expect(api.server.stats.openTransactions).toBe(0);
  });

  test.each([
    ['committed', commit],
    ['rolled back', rollback],
  ])('that was %s is not found', async (_how, end) => {
    const transactionId = await begin();
    await end(transactionId);
    expect(await failure(insert(1, transactionId))).toMatchObject({
      name: 'TransactionNotFoundException',
      message: `Transaction ${transactionId} is not found. One previous call resulted in a termination of your transaction.`,
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('with an unknown id is not found', async () => {
    expect(await failure(commit('unknown'))).toBeInstanceOf(TransactionNotFoundException);
  });

  test('serves one call at a time', async () => {
    const transactionId = await begin();
    const slow = api.execute('SELECT pg_sleep(0.3)', { transactionId });
    await api.untilRunning('pg_sleep');
    expect(await failure(insert(1, transactionId))).toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Transaction is still running a query',
    });
    await slow;
    await insert(3, transactionId);
    await rollback(transactionId);
  });

  test('belongs to its database', async () => {
    const transactionId = await begin({ database: 'postgres' });
    expect(await api.value('SELECT current_database()', { transactionId })).toEqual({
      stringValue: 'postgres',
    });
    const other = failure(api.execute('SELECT 1', { transactionId, database: 'template1' }));
    expect(await other).toMatchObject({ name: 'BadRequestException' });
    await rollback(transactionId);
  });
});
