import { execFile } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DriftError } from '../../lib/source/drift.ts';
import { RowError } from '../../lib/source/read-table.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { topics } from '../../tables/topics.ts';
import { inAMinute, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

jest.setTimeout(30_000); // they take a second or two, on a machine that has nothing else to do

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
const read = () => api.reader(topics, relation).read(inAMinute());

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
    expect(error).toMatchObject({ message: `The table ${relation} does not fit its schema: ${found}.` });
  });

  test('and every difference is named', async () => {
    await api.pool.query('ALTER TABLE bbs_topic DROP title, ALTER comment DROP NOT NULL');
    await expect(read()).rejects.toMatchObject({ differences: [{ column: 'title' }, { column: 'comment' }] });
  });
});

test('a new column is reported, and nothing else', async () => {
  await api.pool.query('ALTER TABLE bbs_topic ADD likes int, ADD "Pinned" boolean NOT NULL DEFAULT false');
  const { records, unknownColumns } = await read();
  expect(records).toHaveLength(1);
  expect(unknownColumns).toEqual(['likes', 'Pinned']);
});

test('a row that does not fit is named by its key and its fields, without what they hold', async () => {
  const strict = defineTable({
    name: 'topics',
    relation: 'public.topics',
    columns: { id: column.integer(), title: column.integer(), comment: column.text() },
    key: 'id',
  });
  const lenient = { ...strict, columns: strict.columns.map((entry) => ({ ...entry, types: [] })) };
  const error = await api
    .reader(lenient, relation)
    .read(inAMinute())
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RowError);
  expect(String(error)).toContain(
    'The row of public.bbs_topic with id 1 does not fit: title: not an integer.',
  );
  expect(String(error)).not.toContain('secret');
});

describe('npm run check:schema', () => {
  const check = (environment: Record<string, string> = {}) =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const env = {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL_RDS_DATA: api.server.url,
        ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
        ...{ DB_CLUSTER_ARN: defaultArns.resourceArn, DB_SECRET_ARN: defaultArns.secretArn },
        DB_NAME: new URL(api.url).pathname.slice(1),
        ...environment,
      };
      const child = execFile(process.execPath, ['local/check-schema.ts'], { env }, (_, out, err) =>
        resolve({ code: child.exitCode, output: out + err }),
      );
    });

  test('ends with 0 when the table fits, and tells of columns that it leaves out', async () => {
    expect(await check()).toEqual({ code: 0, output: 'public.bbs_topic fits its schema.\n' });
    await api.pool.query('ALTER TABLE bbs_topic ADD likes int');
    const { code, output } = await check();
    expect(code).toBe(0);
    expect(output).toContain('public.bbs_topic, column likes: not in the schema, and left out\n');
  });

  test('ends with 1, and has one line for each difference', async () => {
    await api.pool.query('ALTER TABLE bbs_topic DROP title, ALTER comment DROP NOT NULL');
    const { code, output } = await check();
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^public\.bbs_topic, column title: expected .*, found no such column$/),
      expect.stringMatching(
        /^public\.bbs_topic, column comment: expected .* NOT NULL, found text, NULL allowed$/,
      ),
    ]);
  });

  test('ends with 1, and one line, when it cannot ask', async () => {
    expect(await check({ DB_NAME: '' })).toEqual({
      code: 1,
      output: 'The environment is not complete: DB_NAME is missing.\n',
    });
    const { code, output } = await check({ DB_NAME: 'nowhere' });
    expect(code).toBe(1);
    expect(output).toContain('"nowhere"');
  });
});
