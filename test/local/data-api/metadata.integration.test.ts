import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture();
  await api.database.pool.query("CREATE TYPE mood AS ENUM ('sad', 'ok')");
  await api.database.pool.query(
    `CREATE TABLE pet (
      id serial, big int GENERATED ALWAYS AS IDENTITY, name varchar(20) NOT NULL, price numeric(9,2),
      born timestamptz(3), tags text[], mood mood, doc jsonb, ok bool, data bytea, code char(3), ratio float8, at time
    )`,
  );
});
afterAll(() => api.close());

const metadata = async (sql: string) =>
  (await api.execute(sql, { includeResultMetadata: true })).columnMetadata;

describe('columnMetadata', () => {
  test("describes a table's column with every member", async () => {
    expect(await metadata('SELECT name AS title FROM pet')).toEqual([
      {
        arrayBaseColumnType: 0,
        isAutoIncrement: false,
        isCaseSensitive: true,
        isCurrency: false,
        isSigned: false,
        label: 'title',
        name: 'title',
        nullable: 0,
        precision: 20,
        scale: 0,
        schemaName: '',
        tableName: 'pet',
        type: 12,
        typeName: 'varchar',
      },
    ]);
  });

  test.each([
    [
      'id',
      { typeName: 'serial', type: 4, isAutoIncrement: true, isSigned: true, precision: 10, nullable: 0 },
    ],
    ['big', { typeName: 'serial', isAutoIncrement: true }],
    ['price', { typeName: 'numeric', type: 2, precision: 9, scale: 2, nullable: 1, isSigned: true }],
    ['born', { typeName: 'timestamptz', type: 93, precision: 32, scale: 3, isCaseSensitive: false }],
    ['tags', { typeName: '_text', type: 2003, arrayBaseColumnType: 12 }],
    ['mood', { typeName: 'mood', type: 12 }],
    ['doc', { typeName: 'jsonb', type: 1111, precision: 2147483647 }],
    ['ok', { typeName: 'bool', type: -7, precision: 1 }],
    ['data', { typeName: 'bytea', type: -2 }],
    ['code', { typeName: 'bpchar', type: 1, precision: 3 }],
    ['ratio', { typeName: 'float8', type: 8, precision: 17, scale: 17 }],
    ['at', { typeName: 'time', type: 92, precision: 15, scale: 6 }],
    ['id + 1', { tableName: '', nullable: 2, label: '?column?' }],
    ['NULL::date', { typeName: 'date', type: 91, precision: 13, tableName: '' }],
    ['1::int2', { typeName: 'int2', type: 5, precision: 5 }],
    ['1::int8', { typeName: 'int8', type: -5, precision: 19 }],
    ['1::float4', { typeName: 'float4', type: 7, precision: 8, scale: 8 }],
  ])('of %s', async (column, expected) => {
    expect(await metadata(`SELECT ${column} FROM pet`)).toEqual([expect.objectContaining(expected)]);
  });

  test('comes on request only, and not for a change', async () => {
    expect((await api.execute('SELECT 1')).columnMetadata).toBeUndefined();
    expect(await metadata('DELETE FROM pet')).toBeUndefined();
  });

  test('describes unsupported types too, which are refused from the first row on', async () => {
    expect(await metadata("SELECT '1 day'::interval AS wait WHERE false")).toMatchObject([
      { typeName: 'interval' },
    ]);
    expect(await failure(metadata("SELECT '1 day'::interval"))).toMatchObject({
      name: 'UnsupportedResultException',
    });
  });
});

describe('formatRecordsAs JSON', () => {
  const json = (sql: string) => api.execute(sql, { formatRecordsAs: 'JSON', includeResultMetadata: true });

  test('returns one string, without records and metadata', async () => {
    const { $metadata, ...response } = await json(
      `SELECT 1 AS id, 'a "b"' AS name, NULL AS nothing, 1.50 AS price, true AS ok, '\\x00ff'::bytea AS data,
        ARRAY[1,NULL] AS list, 0.5::float8 AS ratio, '{"a": 1}'::jsonb AS doc, 'NaN'::float8 AS "not"`,
    );
    expect(response).toEqual({ formattedRecords: expect.any(String), numberOfRecordsUpdated: 0 });
    expect(JSON.parse(response.formattedRecords ?? '')).toEqual([
      {
        id: 1,
        name: 'a "b"',
        nothing: null,
        price: '1.50',
        ok: true,
        data: 'AP8=',
        list: [1, null],
        ratio: 0.5,
        doc: '{"a":1}',
        not: 'NaN',
      },
    ]);
  });

  test('keeps the digits of a long', async () => {
    expect((await json('SELECT 9007199254740993 AS id')).formattedRecords).toBe('[{"id":9007199254740993}]');
  });

  test('returns an empty list for no rows', async () => {
    expect((await json('SELECT 1 WHERE false')).formattedRecords).toBe('[]');
  });

  test('is refused for other statements than SELECT before they run', async () => {
    const inserting = json("INSERT INTO pet (name) VALUES ('Rex') RETURNING id");
    expect(await failure(inserting)).toMatchObject({ name: 'ValidationException' });
    expect(await api.value('SELECT count(*) FROM pet')).toEqual({ longValue: 0 });
    expect((await json('/* a */ (WITH x AS (VALUES (1)) TABLE x)')).formattedRecords).toBe('[{"column1":1}]');
  });

  test('is refused for duplicate column labels', async () => {
    expect(await failure(json('SELECT 1 AS a, 2 AS a'))).toMatchObject({
      name: 'UnsupportedResultException',
    });
  });
});
