import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { cases, columnOf, extensionCases, extensionsSql } from './column-cases.ts';
import { readRecords } from './read-records.ts';

const all = [...cases, ...extensionCases];
const everything = defineTable({
  name: 'everything',
  relation: 'public.everything',
  key: 'id',
  columns: {
    id: column.integer(),
    ...Object.fromEntries(all.map(([name, , kind]) => [name, { ...kind, nullable: true }])),
  },
});

let database: TestDatabase;
let expected: string[];
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    CREATE TABLE author (id integer PRIMARY KEY); INSERT INTO author VALUES (1);
    CREATE TABLE tag (id varchar(20) PRIMARY KEY); INSERT INTO tag VALUES ('py');
    CREATE TYPE mood AS ENUM ('happy', 'so "so"');
    ${extensionsSql}
    CREATE TABLE everything (id bigint PRIMARY KEY, ${all
      .map((entry) => `${columnOf(entry)} ${entry[1]}`)
      .join(', ')})`);
  const rows = 1 + Math.max(...all.map(([, , , values]) => values.length));
  expected = [];
  for (let n = 0; n < rows; n += 1) {
    const values = all.map(([, , , pairs]) => pairs[n] ?? ['NULL', 'null']);
    await database.pool.query(
      `SET search_path = public, ext; INSERT INTO everything (id, ${all.map(columnOf).join(', ')}) VALUES (${n}, ${values.map(([sql]) => sql).join(', ')}); RESET search_path`,
    );
    expected.push(`{"id":${n},${values.map(([, json], at) => `"${all[at]?.[0]}":${json}`).join(',')}}`);
  }
});
afterAll(() => database.drop());

test('every type, extensions’ and domains included, has its JSON form', async () => {
  expect(await readRecords(database.pool, everything)).toEqual(expected);
  for (const json of expected) JSON.parse(json);
});

/** The session settings that change how PostgreSQL writes or reads texts, with non-default values. */
const settings: [name: string, ...values: string[]][] = [
  ['quote_all_identifiers', 'on'],
  ['DateStyle', 'SQL, DMY', 'German', 'Postgres, MDY'],
  ['IntervalStyle', 'iso_8601', 'sql_standard', 'postgres_verbose'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-15', '0', '3'],
  ['TimeZone', 'Asia/Tokyo', 'America/St_Johns', 'Europe/Amsterdam'],
  ['timezone_abbreviations', 'India'],
  ['lc_monetary', 'C'],
  ['lc_numeric', 'C'],
  ['lc_time', 'C'],
  ['standard_conforming_strings', 'off'],
  ['escape_string_warning', 'off'],
  ['backslash_quote', 'on'],
  ['xmlbinary', 'hex'],
  ['xmloption', 'document'],
  ['array_nulls', 'off'],
  ['search_path', '""', 'ext'],
  ['transform_null_equals', 'on'],
  ['client_encoding', 'LATIN1', 'EUC_JP'],
  ['default_text_search_config', 'pg_catalog.simple'],
];

describe('no setting of a session changes a value', () => {
  test.each(settings.flatMap(([name, ...values]) => values.map((value) => [name, value])))(
    '%s = %s',
    async (name, value) => {
      const client = await database.pool.connect();
      try {
        await client.query('SELECT set_config($1, $2, false)', [name, value]);
        if (name === 'client_encoding') await client.query('SET client_encoding = UTF8'); // the encoding of the Data API
        expect(await readRecords(client, everything)).toEqual(expected);
      } finally {
        client.release(true);
      }
    },
  );
});

test('a table of a project without time zones has the time of its time zone, without an offset', async () => {
  await database.pool.query(`CREATE TABLE local (id int PRIMARY KEY, at timestamptz, ats timestamptz[], span tstzrange);
    INSERT INTO local VALUES
      (1, '2024-01-01 00:00:00.123456+00', '{2024-01-01 00:00+00}', '[2024-01-01 00:00+00,)'),
      (2, 'infinity', '{-infinity}', '[-infinity,infinity]'),
      (3, '1950-07-01 00:00+00', NULL, NULL)`);
  const local = defineTable({
    name: 'local',
    relation: 'public.local',
    key: 'id',
    timeZone: 'Asia/Tokyo',
    columns: {
      id: column.integer(),
      at: column.localTimestamptz({ nullable: true }),
      ats: column.array(column.localTimestamptz(), { nullable: true }),
      span: column.range(column.localTimestamptz(), { nullable: true }),
    },
  });
  expect(await readRecords(database.pool, local)).toEqual([
    '{"id":1,"at":"2024-01-01T09:00:00.123456","ats":["2024-01-01T09:00:00"],"span":{"lower":"2024-01-01T09:00:00","upper":null,"bounds":"[)"}}',
    '{"id":2,"at":"9999-12-31T23:59:59.999999","ats":["0001-01-01T00:00:00"],"span":{"lower":"0001-01-01T00:00:00","upper":"9999-12-31T23:59:59.999999","bounds":"[]"}}',
    '{"id":3,"at":"1950-07-01T10:00:00","ats":null,"span":null}',
  ]);
});
