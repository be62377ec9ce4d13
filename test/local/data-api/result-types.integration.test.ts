import type { ResultSetOptions } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { arns, createDataApiFixture, type DataApiFixture, failure } from './data-api-fixture.ts';
import { postSigned } from './signed-request.ts';

let api: DataApiFixture;
beforeAll(async () => {
  api = await createDataApiFixture();
  await api.database.pool.query("CREATE TYPE mood AS ENUM ('sad', 'ok')");
  await api.database.pool.query('CREATE DOMAIN age AS int');
  await api.database.pool.query('CREATE TYPE pair AS (a int, b int)');
});
afterAll(() => api.close());

describe('a value is returned in its member of a Field', () => {
  test.each([
    ['NULL::int', { isNull: true }],
    ['true', { booleanValue: true }],
    ['false', { booleanValue: false }],
    ['(-32768)::int2', { longValue: -32768 }],
    ['2147483647::int4', { longValue: 2147483647 }],
    ['9007199254740991::int8', { longValue: 9007199254740991 }],
    ['42::oid', { stringValue: '42' }],
    ['7::age', { longValue: 7 }],
    ['0.1::float4', { doubleValue: 0.1 }],
    ['0.1::float8', { doubleValue: 0.1 }],
    ['1e300::float8', { doubleValue: 1e300 }],
    ["'NaN'::float8", { doubleValue: Number.NaN }],
    ["'-Infinity'::float8", { doubleValue: Number.NEGATIVE_INFINITY }],
    ["'Infinity'::float4", { doubleValue: Number.POSITIVE_INFINITY }],
    ['1.5::numeric(9,3)', { stringValue: '1.500' }],
    ['123456789012345678901234567890.123456789', { stringValue: '123456789012345678901234567890.123456789' }],
    ["'\\x00ff10'::bytea", { blobValue: Uint8Array.from([0, 255, 16]) }],
    ["''::bytea", { blobValue: Uint8Array.from([]) }],
    [`'a "quoted" \\ text é 😀'`, { stringValue: 'a "quoted" \\ text é 😀' }],
    ["'ab'::char(4)", { stringValue: 'ab  ' }],
    ["'ab'::varchar(4)", { stringValue: 'ab' }],
    ["'ab'::name", { stringValue: 'ab' }],
    ["'ok'::mood", { stringValue: 'ok' }],
    ["'6b3F4d8e-0000-4000-8000-000000000001'::uuid", { stringValue: '6b3f4d8e-0000-4000-8000-000000000001' }],
    [
      `'{"b":  1,\n "a": [1.50, "x: , \\" y"], "b": {} }'::json`,
      { stringValue: '{"b":1,"a":[1.50,"x: , \\" y"],"b":{}}' },
    ],
    [`'{"x": 0, "y": "0"}'::jsonb`, { stringValue: '{"x":0,"y":"0"}' }],
    ["'[1,10)'::int4range", { stringValue: '[1,10)' }],
    ["'[1,)'::int4range", { stringValue: '[1,)' }],
    ["'[0.0,1.0)'::numrange", { stringValue: '[0.0,1.0)' }],
    ["'empty'::numrange", { stringValue: 'empty' }],
    ["'10.1.2.3/8'::inet", { stringValue: '10.1.2.3/8' }],
    ["'10.0.0.0/8'::cidr", { stringValue: '10.0.0.0/8' }],
    ["'2024-02-29'::date", { stringValue: '2024-02-29' }],
    ["'0044-03-15 BC'::date", { stringValue: '0044-03-15 BC' }],
    ["'01:02:03.4500'::time", { stringValue: '01:02:03.450' }],
    ["'2024-02-29 01:02:03'::timestamp", { stringValue: '2024-02-29 01:02:03' }],
    ["'2024-02-29 01:02:03.100000'::timestamp", { stringValue: '2024-02-29 01:02:03.100' }],
    ["'2024-02-29 01:02:03.1234'::timestamp", { stringValue: '2024-02-29 01:02:03.123400' }],
    ["'2024-02-29 01:02:03.123456'::timestamp", { stringValue: '2024-02-29 01:02:03.123456' }],
    ["'2024-02-29 01:02:03+02'::timestamptz", { stringValue: '2024-02-28 23:02:03' }],
    ["'2024-02-29 01:02:03.500+00'::timestamptz", { stringValue: '2024-02-29 01:02:03.500' }],
    ["set_config('x.y', 'z', true)", { stringValue: 'z' }],
    ["pg_notify('channel', 'text')", { stringValue: '' }],
  ])('%s', async (sql, expected) => {
    expect(await api.value(`SELECT ${sql}`)).toEqual(expected);
  });
});

describe('an array is returned in the member of its elements, with its nulls', () => {
  test.each([
    ['ARRAY[true, NULL]', { booleanValues: [true, null] }],
    ['ARRAY[1, NULL, 3]::int2[]', { longValues: [1, null, 3] }],
    ['ARRAY[9007199254740991]::int8[]', { longValues: [9007199254740991] }],
    ["ARRAY[0.5, 'NaN']::float8[]", { doubleValues: [0.5, Number.NaN] }],
    ['ARRAY[1.50, NULL]::numeric[]', { stringValues: ['1.50', null] }],
    [
      `ARRAY['a', 'b,c', 'd"e', 'f\\g', '', 'NULL', NULL, '{x}', ' y ']`,
      {
        stringValues: ['a', 'b,c', 'd"e', 'f\\g', '', 'NULL', null, '{x}', ' y '],
      },
    ],
    ["ARRAY['sad', 'ok']::mood[]", { stringValues: ['sad', 'ok'] }],
    ["ARRAY['2024-01-01 00:00+01']::timestamptz[]", { stringValues: ['2023-12-31 23:00:00'] }],
    ["ARRAY['01:02:03', '01:02:03.5', NULL]::time[]", { stringValues: ['01:02:03', '01:02:03.500', null] }],
    ["ARRAY['2024-01-01 00:00:00.1234']::timestamp[]", { stringValues: ['2024-01-01 00:00:00.123400'] }],
    [`ARRAY['{"a": [1, 2]}', NULL]::jsonb[]`, { stringValues: ['{"a":[1,2]}', null] }],
    ['ARRAY[7, NULL]::oid[]', { stringValues: ['7', null] }],
    ['ARRAY[NULL, 0]::int[]', { longValues: [null, 0] }],
    ['ARRAY[NULL]::text[]', { stringValues: [null] }],
    ["'[3:4]={1,2}'::int[]", { longValues: [1, 2] }],
    ["'{}'::text[]", { stringValues: [] }],
    ["'{}'::int[]", { longValues: [] }],
  ])('%s', async (sql, expected) => {
    expect(await api.value(`SELECT ${sql}`)).toEqual({ arrayValue: expected });
  });
});

describe('an unsupported type is refused by name', () => {
  test.each([
    ["'1 day'::interval", 'INTERVAL'],
    ["'01:02+03'::timetz", 'TIMETZ'],
    ['1::money', 'MONEY'],
    ["'(1,2)'::point", 'POINT'],
    ["'08:00:2b:01:02:03'::macaddr", 'MACADDR'],
    [`'x'::"char"`, '"CHAR"'],
    ["'pg_class'::regclass", 'regclass'],
    ["'[1,2)'::int8range", 'int8range'],
    ["'[2024-01-01,2024-01-02)'::daterange", 'daterange'],
    ["'[2024-01-01,2024-01-02)'::tsrange", 'tsrange'],
    ["ARRAY['[1,2)'::int4range]", '_int4range'],
    ['ROW(1,2)::pair', 'pair'],
    ["ARRAY['\\x00'::bytea]", '_bytea'],
    ["ARRAY['1 day'::interval]", '_interval'],
  ])('%s', async (sql, name) => {
    expect(await failure(api.execute(`SELECT ${sql}`))).toMatchObject({
      name: 'UnsupportedResultException',
      message: `The result contains the unsupported data type ${name}.`,
    });
  });

  test('a multidimensional array', async () => {
    expect(await failure(api.execute('SELECT ARRAY[[1,2],[3,4]]'))).toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result contains a multidimensional array.',
    });
  });

  test('an infinite timestamp is an internal failure', async () => {
    const error = await failure(api.execute("SELECT 'infinity'::timestamptz"));
    expect(error).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  });
});

test('a type that was redefined has its new definition', async () => {
  const error = await failure(api.execute('SELECT ROW(1,2)::pair'));
  expect(error).toMatchObject({ name: 'UnsupportedResultException' });
  await api.database.pool.query('DROP TYPE pair');
  await api.database.pool.query("CREATE TYPE pair AS ENUM ('a')");
  expect(await api.value("SELECT 'a'::pair")).toEqual({ stringValue: 'a' });
});

test('a timestamptz is in UTC in any session time zone', async () => {
  const transactionId = await api.begin();
  await api.execute("SET LOCAL TimeZone = 'Asia/Kolkata'", { transactionId });
  const moment = await api.value("SELECT '2024-01-01 00:00:00.25Z'::timestamptz", { transactionId });
  expect(moment).toEqual({ stringValue: '2024-01-01 00:00:00.250' });
});

test('the fraction of a second can come without its trailing zeros', async () => {
  const trimmed = await createDataApiFixture({ fractionDigits: 'trimmed' });
  try {
    const { records } = await trimmed.execute(
      "SELECT '01:02:03.50'::time, '2024-01-01 00:00:00.1200Z'::timestamptz, ARRAY['2024-01-01 00:00:00.5'::timestamp]",
    );
    expect(records).toEqual([
      [
        { stringValue: '01:02:03.5' },
        { stringValue: '2024-01-01 00:00:00.12' },
        { arrayValue: { stringValues: ['2024-01-01 00:00:00.5'] } },
      ],
    ]);
  } finally {
    await trimmed.close();
  }
});

test('a long keeps the digits of PostgreSQL', async () => {
  const sql = 'SELECT 9007199254740993, ARRAY[-9223372036854775808]';
  const response = await postSigned(api.server.url, '/Execute', { ...arns, sql });
  expect(await response.text()).toContain(
    '[[{"longValue":9007199254740993},{"arrayValue":{"longValues":[-9223372036854775808]}}]]',
  );
});

describe('resultSetOptions', () => {
  const valueWith = (sql: string, resultSetOptions: ResultSetOptions) =>
    api.value(`SELECT ${sql}`, { resultSetOptions });

  test.each([
    ['9007199254740993', { stringValue: '9007199254740993' }],
    ['7::int2', { stringValue: '7' }],
    ['ARRAY[1,NULL]', { arrayValue: { stringValues: ['1', null] } }],
  ])('longReturnType STRING: %s', async (sql, expected) => {
    expect(await valueWith(sql, { longReturnType: 'STRING' })).toEqual(expected);
  });

  test.each([
    ['12::numeric', { longValue: 12 }],
    ['12.50::numeric', { doubleValue: 12.5 }],
    ['1e30::numeric', { doubleValue: 1e30 }],
    ["'NaN'::numeric", { doubleValue: Number.NaN }],
    ['ARRAY[1, 2.5]::numeric[]', { arrayValue: { doubleValues: [1, 2.5] } }],
  ])('decimalReturnType DOUBLE_OR_LONG: %s', async (sql, expected) => {
    expect(await valueWith(sql, { decimalReturnType: 'DOUBLE_OR_LONG' })).toEqual(expected);
  });
});
