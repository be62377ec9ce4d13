import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { postgresVersion } from '../support/database.ts';
import { cases as allCases, type Case, columnOf } from '../tables/column-cases.ts';
import { createPgDataApi } from './pg-data-api.ts';

/** The first PostgreSQL version with infinite values of a type. */
const infiniteFrom: Record<string, number> = { numeric: 14, interval: 17 };

const cases = allCases.map(([name, type, kind, values]): Case => {
  const isThere = postgresVersion >= (infiniteFrom[type] ?? 0);
  return [name, type, kind, values.filter(([sql]) => isThere || !/infinity/i.test(sql))];
});

const everything = defineTable({
  name: 'everything',
  relation: 'public.everything',
  columns: {
    id: column.integer(),
    ...Object.fromEntries(cases.map(([name, , kind]) => [name, { ...kind, nullable: true }])),
  },
  key: 'id',
});

let api: TestDataApi;
let expected: string[];
beforeAll(async () => {
  api = await startTestDataApi();
  await api.pool.query(`
    CREATE TABLE author (id integer PRIMARY KEY); INSERT INTO author VALUES (1);
    CREATE TABLE tag (id varchar(20) PRIMARY KEY); INSERT INTO tag VALUES ('py');
    CREATE TYPE mood AS ENUM ('happy', 'so "so"');
    CREATE TABLE everything (id bigint PRIMARY KEY, ${cases
      .toReversed()
      .map((entry) => `${columnOf(entry)} ${entry[1]}`)
      .join(', ')})`);
  // Row n has the nth value of each column, or NULL; the last row has only NULLs.
  const rows = 1 + Math.max(...cases.map(([, , , values]) => values.length));
  expected = [];
  for (let n = 0; n < rows; n += 1) {
    const values = cases.map(([, , , pairs]) => pairs[n] ?? ['NULL', 'null']);
    await api.pool.query(
      `INSERT INTO everything (id, ${cases.map(columnOf).join(', ')}) VALUES (${n}, ${values.map(([sql]) => sql).join(', ')})`,
    );
    expected.push(`{"id":${n},${values.map(([, json], at) => `"${cases[at]?.[0]}":${json}`).join(',')}}`);
  }
});
afterAll(() => api.close());

test('every type, at its ends and in its middle, is JSON with every digit and in the order of the schema', async () => {
  const { records, unknownColumns } = await api.read(everything);
  expect(records.map(({ json }) => json)).toEqual(expected);
  expect(unknownColumns).toEqual([]);
  for (const json of expected) JSON.parse(json);
});

describe('settings of a database or a role do not change the values', () => {
  test.each([
    { TimeZone: 'Asia/Tokyo', DateStyle: 'SQL, DMY', IntervalStyle: 'iso_8601' },
    {
      TimeZone: 'America/St_Johns',
      DateStyle: 'German',
      IntervalStyle: 'sql_standard',
      bytea_output: 'escape',
    },
    {
      TimeZone: 'Europe/Amsterdam',
      DateStyle: 'Postgres, MDY',
      IntervalStyle: 'postgres_verbose',
      xmlbinary: 'hex',
    },
    { quote_all_identifiers: 'on', transform_null_equals: 'on', backslash_quote: 'off' },
    { TimeZone: 'UTC', search_path: '""', array_nulls: 'off', standard_conforming_strings: 'off' },
  ])('%j', async (settings) => {
    const dataApi = await createPgDataApi(api.url, settings);
    const { records } = await api.read(everything, { api: dataApi });
    expect(records.map(({ json }) => json)).toEqual(expected);
    await dataApi.close();
  });

  test('nor the digits of a float', async () => {
    const floats = defineTable({
      name: 'floats',
      relation: 'public.everything',
      columns: {
        id: column.integer(),
        float: column.float({ nullable: true }),
        floats: column.array(column.float(), { nullable: true }),
      },
      key: 'id',
    });
    const dataApi = await createPgDataApi(api.url, { extra_float_digits: '-10' });
    const { records } = await api.read(floats, { api: dataApi });
    expect(records[5]?.json).toContain(`"float":${0.1 + 0.2},`);
    await dataApi.close();
  });
});
