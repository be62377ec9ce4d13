import {
  BadRequestException,
  BeginTransactionCommand,
  DatabaseErrorException,
  ExecuteStatementCommand,
  HttpEndpointNotEnabledException,
  SecretsErrorException,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';
import { postSigned, signedHeaders } from './signed-request.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture();
  await api.database.pool.query('CREATE TABLE owner (id int PRIMARY KEY)');
  await api.database.pool.query('CREATE TABLE pet (owner int REFERENCES owner)');
});
afterAll(() => api.close());

const failing = (sql: string) => failure(api.execute(sql));

describe('an error of PostgreSQL', () => {
  test('has its SQLSTATE and lacks its detail', async () => {
    const error = await failing('INSERT INTO pet VALUES (1)');
    expect(error).toBeInstanceOf(DatabaseErrorException);
    expect(error).toMatchObject({
      message:
        'ERROR: insert or update on table "pet" violates foreign key constraint "pet_owner_fkey"; SQLState: 23503',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('has its position', async () => {
    expect(await failing('SELECT * FROM no_such_table')).toMatchObject({
      message: 'ERROR: relation "no_such_table" does not exist; Position: 15; SQLState: 42P01',
    });
    expect(await failing('SELEKT 1')).toMatchObject({
      message: 'ERROR: syntax error at or near "SELEKT"; Position: 1; SQLState: 42601',
    });
  });

  test('leaves the connection usable', async () => {
    await failing('SELECT 1/0');
    expect(await api.value('SELECT 1')).toEqual({ longValue: 1 });
  });
});

describe('the server refuses', () => {
  test.each([['SELECT 1; SELECT 2'], ["SELECT ';'; SELECT 2 -- ;"]])(
    'more than one statement: %s',
    async (sql) => {
      expect(await failing(sql)).toMatchObject({
        name: 'ValidationException',
        message: "Multistatements aren't supported",
        $metadata: { httpStatusCode: 400 },
      });
    },
  );

  test.each(['SELECT 1;', "SELECT ';'", 'SELECT $$a;b$$; -- ;', ';SELECT 1;;'])(
    'but accepts: %s',
    async (sql) => {
      await api.execute(sql);
    },
  );

  test('a schema', async () => {
    const schema = 'public';
    const refused = { name: 'ValidationException', message: "The schema parameter isn't supported" };
    expect(await failure(api.execute('SELECT 1', { schema }))).toMatchObject(refused);
    expect(await failure(api.client.send(new BeginTransactionCommand({ ...arns, schema })))).toMatchObject(
      refused,
    );
  });

  test('an unknown cluster', async () => {
    const resourceArn = 'arn:aws:rds:us-east-1:000000000000:cluster:other';
    const error = await failure(api.execute('SELECT 1', { resourceArn }));
    expect(error).toBeInstanceOf(HttpEndpointNotEnabledException);
    expect(error).toMatchObject({ message: `HttpEndpoint is not enabled for resource ${resourceArn}` });
  });

  test('an unknown secret', async () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:other';
    expect(await failure(api.execute('SELECT 1', { secretArn }))).toBeInstanceOf(SecretsErrorException);
  });

  test('COPY in both directions', async () => {
    await failing('COPY pet FROM STDIN');
    expect(await failing('COPY owner TO STDOUT')).toBeInstanceOf(DatabaseErrorException);
    expect(await failing('COPY (SELECT 1) TO STDOUT')).toBeInstanceOf(DatabaseErrorException);
    expect(await api.value('SELECT 1')).toEqual({ longValue: 1 });
  });

  test('SQL of more than 65536 characters', async () => {
    expect(await failing(`SELECT '${'x'.repeat(65_536)}'`)).toMatchObject({ name: 'ValidationException' });
  });
});

describe('an invalid request is refused', () => {
  const answer = async (body: unknown, path = '/Execute') => {
    const response = await postSigned(api.server.url, path, body);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    const text: unknown = await response.json();
    return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: text };
  };

  test.each<[string, unknown, string]>([
    ['is not JSON', 'SELECT 1', 'SerializationException'],
    ['lacks a member', { ...arns }, 'ValidationException'],
    ['has a member that is null', { ...arns, sql: null }, 'ValidationException'],
    ['has a value with two members', valued({ longValue: 1, isNull: true }), 'ValidationException'],
    ['has a value without members', valued({}), 'ValidationException'],
    ['has a fraction for a long', valued({ longValue: 1.5 }), 'ValidationException'],
    ['has a long of more than 64 bits', valued({ longValue: 2 ** 70 }), 'ValidationException'],
    ['has an unknown type hint', valued({ stringValue: 'a' }, { typeHint: 'NOPE' }), 'ValidationException'],
    ['has a parameter name with a dash', valued({ isNull: true }, { name: 'a-b' }), 'ValidationException'],
  ])('because it %s', async (_why, body, type) => {
    expect(await answer(body)).toEqual({ status: 400, type, body: { message: expect.any(String) } });
  });

  test('and every invalid member is named', async () => {
    const { body } = await answer({ sql: 1, resourceArn: arns.resourceArn });
    expect(body).toMatchObject({
      message: expect.stringMatching(/^2 validation errors.*'sql'.*'secretArn'|^2 .*'secretArn'.*'sql'/),
    });
  });

  test('because its path is unknown', async () => {
    expect(await answer({ ...arns, sql: 'SELECT 1' }, '/Nowhere')).toMatchObject({
      status: 404,
      type: 'UnknownOperationException',
    });
  });

  test('because it is the retired operation ExecuteSql', async () => {
    const request = { dbClusterOrInstanceArn: arns.resourceArn, awsSecretStoreArn: arns.secretArn };
    expect(await answer({ ...request, sqlStatements: 'SELECT 1' }, '/ExecuteSql')).toEqual({
      status: 400,
      type: 'BadRequestException',
      body: { message: expect.stringContaining('ExecuteStatement') },
    });
  });

  function valued(value: object, more: object = {}) {
    return { ...arns, sql: 'SELECT :p', parameters: [{ name: 'p', value, ...more }] };
  }
});

describe('a signature', () => {
  const status = async (headers: Record<string, string>) => {
    const response = await postSigned(api.server.url, '/Execute', { ...arns, sql: 'SELECT 1' }, { headers });
    await response.text();
    return [response.status, response.headers.get('x-amzn-errortype')];
  };
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);

  test('of the present and for this service is accepted, unverified', async () => {
    expect(await status(signedHeaders())).toEqual([200, null]);
    expect(await status(signedHeaders({ date: minutes(-4) }))).toEqual([200, null]);
    expect(await status(signedHeaders({ date: minutes(4) }))).toEqual([200, null]);
  });

  test.each<[string, () => Record<string, string>, string]>([
    ['missing', () => ({}), 'MissingAuthenticationTokenException'],
    [
      'of another scheme',
      () => ({ ...signedHeaders(), authorization: 'Bearer x' }),
      'IncompleteSignatureException',
    ],
    ['without a date', () => ({ ...signedHeaders(), 'x-amz-date': '' }), 'IncompleteSignatureException'],
    ['for another service', () => signedHeaders({ service: 'dynamodb' }), 'InvalidSignatureException'],
    [
      'with another date in its scope',
      () => signedHeaders({ scopeDate: '20200101' }),
      'InvalidSignatureException',
    ],
    ['of 6 minutes ago', () => signedHeaders({ date: minutes(-6) }), 'InvalidSignatureException'],
    ['of 6 minutes from now', () => signedHeaders({ date: minutes(6) }), 'InvalidSignatureException'],
  ])('that is %s is refused', async (_what, headers, type) => {
    expect(await status(headers())).toEqual([403, type]);
  });
});

test('the SDK raises the exception class of the error', async () => {
  const missing = api.client.send(new ExecuteStatementCommand({ ...arns, sql: 'SELECT :a', parameters: [] }));
  expect(await failure(missing)).toBeInstanceOf(BadRequestException);
});
