import type { Field, SqlParameter } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';
import { postSigned } from './signed-request.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture();
  await api.database.pool.query(
    'CREATE TABLE item (id uuid, at timestamptz, doc jsonb, n smallint, name varchar(9))',
  );
});
afterAll(() => api.close());

const uuid = '6b3f4d8e-0000-4000-8000-000000000001';
const withP = (sql: string, value: Field, typeHint?: SqlParameter['typeHint']) =>
  api.value(sql, { parameters: [{ name: 'p', value, ...(typeHint && { typeHint }) }] });

describe('a parameter has the type of its member', () => {
  test.each<[Field, string]>([
    [{ stringValue: 'a' }, 'text'],
    [{ longValue: 1 }, 'bigint'],
    [{ doubleValue: 1.5 }, 'double precision'],
    [{ doubleValue: Number.NaN }, 'double precision'],
    [{ booleanValue: true }, 'boolean'],
    [{ blobValue: Uint8Array.from([0, 255]) }, 'bytea'],
  ])('%j is %s', async (value, type) => {
    expect(await withP('SELECT pg_typeof(:p)::text', value)).toEqual({ stringValue: type });
    expect(await withP('SELECT :p', value)).toEqual(value);
  });

  test('a null has no type, and takes that of its context', async () => {
    expect(await withP('SELECT pg_typeof(coalesce(:p, 1))::text', { isNull: true })).toEqual({
      stringValue: 'integer',
    });
    expect(await withP('SELECT count(*) FROM item WHERE id = :p', { isNull: true })).toEqual({
      longValue: 0,
    });
  });

  test('a string is a uuid only with a cast or a hint', async () => {
    expect(await failure(withP('SELECT FROM item WHERE id = :p', { stringValue: uuid }))).toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringMatching(
        /^ERROR: operator does not exist: uuid = text; Hint: .*; Position: 27; SQLState: 42883$/,
      ),
    });
    await withP('SELECT FROM item WHERE id = :p::uuid', { stringValue: uuid });
    await withP('SELECT FROM item WHERE id = :p', { stringValue: uuid }, 'UUID');
  });

  test('a long beyond 2^53 keeps its digits', async () => {
    const body = `{"resourceArn":"${arns.resourceArn}","secretArn":"${arns.secretArn}","sql":"SELECT :p::text",
      "parameters":[{"name":"p","value":{"longValue":9007199254740993}}]}`;
    const response = await postSigned(api.server.url, '/Execute', body);
    expect(await response.text()).toContain('{"stringValue":"9007199254740993"}');
  });

  test('text is passed on unchanged', async () => {
    const stringValue = `it's \\ :name $1 "é" 😀 \n`;
    expect(await withP('SELECT :p', { stringValue })).toEqual({ stringValue });
  });
});

describe('a hint gives a string its type', () => {
  test.each<[SqlParameter['typeHint'], string, string, string]>([
    ['DATE', '2024-02-29', 'date', '2024-02-29'],
    ['TIME', '01:02:03.5', 'time without time zone', '01:02:03.500'],
    ['TIMESTAMP', '2024-02-29 01:02:03.123', 'timestamp without time zone', '2024-02-29 01:02:03.123'],
    ['DECIMAL', '1.50', 'numeric', '1.50'],
    ['JSON', '{"a": 1}', 'json', '{"a":1}'],
    ['UUID', uuid, 'uuid', uuid],
  ])('%s', async (hint, stringValue, type, text) => {
    expect(await withP('SELECT pg_typeof(:p)::text', { stringValue }, hint)).toEqual({ stringValue: type });
    expect(await withP('SELECT :p', { stringValue }, hint)).toEqual({ stringValue: text });
  });

  test('in the columns of a table', async () => {
    await api.execute('INSERT INTO item VALUES (:id, :at, :doc, :n, :name)', {
      parameters: [
        { name: 'id', value: { stringValue: uuid }, typeHint: 'UUID' },
        { name: 'at', value: { stringValue: '2024-01-01 00:00:00' }, typeHint: 'TIMESTAMP' },
        { name: 'doc', value: { stringValue: '{}' }, typeHint: 'JSON' },
        { name: 'n', value: { longValue: 3 } },
        { name: 'name', value: { stringValue: 'Rex' } },
      ],
    });
    const { records } = await api.execute('SELECT at, doc, n, name FROM item');
    expect(records).toEqual([
      [
        { stringValue: '2024-01-01 00:00:00' },
        { stringValue: '{}' },
        { longValue: 3 },
        { stringValue: 'Rex' },
      ],
    ]);
  });

  test.each<[SqlParameter['typeHint'], string]>([
    ['TIMESTAMP', '2024-02-29T01:02:03Z'],
    ['TIMESTAMP', '2024-02-29'],
    ['DATE', '29.2.2024'],
    ['TIME', '1:2'],
    ['DECIMAL', 'one'],
    ['UUID', 'not-one'],
  ])('%s refuses %s', async (hint, stringValue) => {
    expect(await failure(withP('SELECT :p', { stringValue }, hint))).toMatchObject({
      name: 'ValidationException',
    });
  });

  test('PostgreSQL still checks a value of the right form', async () => {
    const error = await failure(withP('SELECT :p', { stringValue: '2023-02-29' }, 'DATE'));
    expect(error).toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringContaining('22008'),
    });
  });
});

describe('parameters in SQL', () => {
  const named = (...names: string[]) => names.map((name) => ({ name, value: { longValue: 1 } }));

  test('a parameter may be used many times, and in any order', async () => {
    const parameters = [
      { name: 'a', value: { longValue: 1 } },
      { name: 'b', value: { longValue: 2 } },
    ];
    expect(await api.value('SELECT ARRAY[:b, :a, :b]', { parameters })).toEqual({
      arrayValue: { longValues: [2, 1, 2] },
    });
  });

  test('each occurrence of a name is a separate parameter', async () => {
    const parameters = [{ name: 'unit', value: { stringValue: 'day' } }];
    const sql = 'SELECT date_trunc(:unit, at) FROM item GROUP BY date_trunc(:unit, at)';
    expect(await failure(api.execute(sql, { parameters }))).toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringMatching(/must appear in the GROUP BY clause.*SQLState: 42803$/),
    });
  });

  test('one that the SQL does not mention is ignored', async () => {
    expect(await api.value("SELECT ':a'", { parameters: named('a') })).toEqual({ stringValue: ':a' });
  });

  test('one that is missing is named', async () => {
    const error = await failure(api.execute('SELECT :a, :b', { parameters: named('a') }));
    expect(error).toMatchObject({ name: 'BadRequestException', message: 'Cannot find parameter: b' });
  });

  test('one that is given twice is refused', async () => {
    const error = await failure(api.execute('SELECT :a', { parameters: named('a', 'a') }));
    expect(error).toMatchObject({ name: 'BadRequestException' });
  });

  test('an array is refused', async () => {
    const error = await failure(withP('SELECT :p', { arrayValue: { longValues: [1] } }));
    expect(error).toMatchObject({
      name: 'ValidationException',
      message: 'Array parameters are not supported',
    });
  });

  test("PostgreSQL's own placeholders are not bound", async () => {
    expect(await failure(api.execute('SELECT $1::text'))).toMatchObject({
      message: expect.stringContaining('08P01'),
    });
  });
});
