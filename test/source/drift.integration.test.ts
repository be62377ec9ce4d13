import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DriftError } from '../../lib/source/drift.ts';
import { RowError } from '../../lib/source/table-errors.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { topics } from '../support/tables/topics.ts';
import { createPgDataApi } from './pg-data-api.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query(`DROP TABLE IF EXISTS bbs_topic;
    CREATE TABLE bbs_topic (id bigint PRIMARY KEY, title varchar(100) NOT NULL, comment text NOT NULL, dt timestamptz NOT NULL);
    INSERT INTO bbs_topic VALUES (1, 'secret title', 'secret comment', '2024-01-01')`);
});

const relation = 'public.bbs_topic';
const read = () => api.read(topics);

const drifts: [what: string, sql: string, found: string][] = [
  [
    'a missing column',
    'ALTER TABLE bbs_topic DROP title',
    'column title: expected character varying or text or character or citext, found no such column',
  ],
  [
    'a renamed column',
    'ALTER TABLE bbs_topic RENAME dt TO created',
    'column dt: expected timestamp with time zone, found no such column',
  ],
  [
    'a retyped column',
    'ALTER TABLE bbs_topic ALTER dt TYPE timestamp',
    'column dt: expected timestamp with time zone, found timestamp without time zone',
  ],
  [
    'a column of a type that its SQL cannot read',
    'ALTER TABLE bbs_topic ALTER dt TYPE text',
    'column dt: expected timestamp with time zone, found text',
  ],
  [
    'a retyped key',
    'ALTER TABLE bbs_topic ALTER id TYPE numeric',
    'column id: expected smallint or integer or bigint, found numeric',
  ],
  [
    'a newly nullable column',
    'ALTER TABLE bbs_topic ALTER comment DROP NOT NULL',
    'column comment: expected character varying or text or character or citext NOT NULL, found text, NULL allowed',
  ],
  ['a missing table', 'DROP TABLE bbs_topic', 'column *: expected a table, found no such table'],
];

describe('a table that does not fit its schema is not read', () => {
  test.each(drifts)('%s', async (_, sql, found) => {
    await api.pool.query(sql);
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DriftError);
    expect(error).toMatchObject({ message: `The table ${relation} differs from its file: ${found}.` });
  });

  test('and every difference is named', async () => {
    await api.pool.query('ALTER TABLE bbs_topic DROP title, ALTER comment DROP NOT NULL');
    await expect(read()).rejects.toMatchObject({ differences: [{ column: 'title' }, { column: 'comment' }] });
  });
});

test('a new column is reported, and the table is read', async () => {
  await api.pool.query('ALTER TABLE bbs_topic ADD likes int, ADD "Pinned" boolean NOT NULL DEFAULT false');
  const { records, unknownColumns } = await read();
  expect(records).toHaveLength(1);
  expect(unknownColumns).toEqual(['likes', 'Pinned']);
});

test('an invalid row is named by its key and its columns, without their values', async () => {
  const strict = defineTable({
    name: 'topics',
    relation,
    columns: { id: column.integer(), title: column.integer(), comment: column.text() },
    key: 'id',
  });
  const lenient = { ...strict, columns: strict.columns.map((entry) => ({ ...entry, types: [] })) };
  const error = await api.read(lenient).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RowError);
  expect(String(error)).toContain(
    'The row of public.bbs_topic with id 1 does not fit: title: not an integer.',
  );
  expect(String(error)).not.toContain('secret');
});

describe('types are compared by identity, not by printed name', () => {
  test.each([
    { quote_all_identifiers: 'on' },
    { search_path: '""' },
    { search_path: 'ext, pg_catalog' },
    { standard_conforming_strings: 'off', quote_all_identifiers: 'on' },
  ])('under the settings %j', async (settings) => {
    const dataApi = await createPgDataApi(api.url, settings);
    expect((await api.read(topics, { api: dataApi })).records).toHaveLength(1);
    await dataApi.close();
  });

  test('a domain is its base type, at any depth, and in arrays; citext and hstore are found in any schema', async () => {
    await api.pool.query(`DROP TABLE IF EXISTS film; DROP SCHEMA IF EXISTS ext CASCADE; CREATE SCHEMA ext;
      CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;
      CREATE DOMAIN ext.year AS integer CHECK (value BETWEEN 1901 AND 2155); CREATE DOMAIN ext.late AS ext.year NOT NULL;
      CREATE DOMAIN ext.price AS numeric(10, 2); CREATE DOMAIN ext.tags AS text[]; CREATE DOMAIN ext.name AS ext.citext;
      CREATE TYPE ext.integer AS ENUM ('1');
      CREATE TABLE film (id bigint PRIMARY KEY, year ext.year, late ext.late, price ext.price NOT NULL, years ext.year[],
        tags ext.tags, title ext.citext NOT NULL, name ext.name, titles ext.citext[], extra ext.hstore, mood ext."integer");
      INSERT INTO film VALUES (1, 2006, 2007, 12.50, '{2006,2007}', '{a,b}', 'A', 'b', '{C}', 'k=>v', '1')`);
    const columns = {
      id: column.integer(),
      year: column.integer({ nullable: true }),
      late: column.integer(),
      price: column.numeric(),
      years: column.array(column.integer(), { nullable: true }),
      tags: column.array(column.text(), { nullable: true }),
      title: column.text(),
      name: column.text({ nullable: true }),
      titles: column.array(column.text(), { nullable: true }),
      extra: { ...column.other({ nullable: true }), types: ['hstore'] },
    };
    const film = defineTable({ name: 'films', relation: 'public.film', key: 'id', columns });
    const { records, unknownColumns } = await api.read(film);
    expect(records.map(({ json }) => json)).toEqual([
      '{"id":1,"year":2006,"late":2007,"price":12.50,"years":[2006,2007],"tags":["a","b"],"title":"A","name":"b","titles":["C"],"extra":"\\"k\\"=>\\"v\\""}',
    ]);
    expect(unknownColumns).toEqual(['mood']);
    const misnamed = { ...columns, mood: column.integer({ nullable: true }) };
    await expect(
      api.read(defineTable({ name: 'films', relation: 'public.film', key: 'id', columns: misnamed })),
    ).rejects.toThrow('column mood: expected smallint or integer or bigint, found ext.integer.');
  });
});

test('a view has no NOT NULL, and its columns are taken as its file says', async () => {
  await api.pool.query('CREATE OR REPLACE VIEW topic_view AS SELECT * FROM bbs_topic');
  expect((await api.read({ ...topics, relation: 'public.topic_view' })).records).toHaveLength(1);
  await api.pool.query('DROP VIEW topic_view');
});

test('rows that do not fulfil the predicate are not read, and a comment in it ends with it', async () => {
  await api.pool.query("INSERT INTO bbs_topic VALUES (2, 'draft', '', now()), (3, 'public', '', now())");
  const { records } = await api.read({ ...topics, where: "title <> 'draft' -- nobody may see them" });
  expect(records.map(({ key }) => key)).toEqual(['1', '3']);
});
