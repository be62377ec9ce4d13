import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkTables } from '../../lib/source/check-tables.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { Table } from '../../lib/tables/table.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { topics } from '../support/tables/topics.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query(`DROP TABLE IF EXISTS bbs_topic CASCADE;
    CREATE TABLE bbs_topic (id bigint PRIMARY KEY, title varchar(100) NOT NULL, comment text NOT NULL, dt timestamptz NOT NULL)`);
});

const check = async (tables: readonly Table[], mayChangeWithTime = false) => {
  const options = { dataApi: api.dataApi(), tables, mayChangeWithTime, deadlineMs: Date.now() + 10_000 };
  return (await checkTables(options)).map(({ level, relation, text }) => `${level} ${relation}, ${text}`);
};
const other = defineTable({
  name: 'others',
  relation: 'public.other',
  key: 'id',
  columns: { id: column.integer(), title: column.text() },
});

describe('the files of all tables are compared with the database', () => {
  test('a table that matches has no finding', async () => {
    expect(await check([topics])).toEqual([]);
  });

  test.each([
    ['DROP TABLE bbs_topic', ['fault public.bbs_topic, this table or view does not exist in the database']],
    [
      'ALTER TABLE bbs_topic DROP title, ALTER comment DROP NOT NULL, ADD likes int',
      [
        'fault public.bbs_topic, column title: expected character varying or text or character or citext, found no such column',
        'fault public.bbs_topic, column comment: expected character varying or text or character or citext NOT NULL, found text, NULL allowed',
        "note public.bbs_topic, column likes: not in the table's file, so it is not served",
      ],
    ],
    [
      'ALTER TABLE bbs_topic DROP CONSTRAINT bbs_topic_pkey; CREATE UNIQUE INDEX ON bbs_topic (id, title); CREATE UNIQUE INDEX ON bbs_topic (id) WHERE id > 3',
      ['fault public.bbs_topic, column id: expected a primary key or a unique index on it alone, found none'],
    ],
    [
      'CREATE TABLE topic_child () INHERITS (bbs_topic)',
      ['fault public.bbs_topic, column id: expected a unique key, found tables that inherit from this one'],
    ],
  ])('%s', async (sql, lines) => {
    await api.pool.query(sql);
    expect(await check([topics])).toEqual(lines);
  });

  test('of several, each that differs is named', async () => {
    await api.pool.query('ALTER TABLE bbs_topic DROP dt');
    expect(await check([other, topics])).toEqual([
      'fault public.other, this table or view does not exist in the database',
      'fault public.bbs_topic, column dt: expected timestamp with time zone, found no such column',
    ]);
  });

  test('a view is noted: its key cannot be declared', async () => {
    await api.pool.query('CREATE VIEW other AS SELECT id, title FROM bbs_topic');
    expect(await check([other])).toEqual([
      'note public.other, column id: the key of a view is verified at every read',
    ]);
  });

  test.each([
    ["title <> 'draft' -- of nobody", []],
    ["title <> ':x' AND id::text <> ''", []],
    ['gone', [expect.stringMatching(/^fault .*, where: PostgreSQL refuses it: .*"gone"/)]],
    ['dt <= now()', [expect.stringMatching(/^fault .*, where: not IMMUTABLE: .* set maxReadIntervalMs/)]],
    ['EXISTS (SELECT FROM pg_class)', [expect.stringMatching(/^fault .*, where: not IMMUTABLE: .*subquery/)]],
  ])('the predicate %s', async (where, lines) => {
    expect(await check([{ ...topics, where }])).toEqual(lines);
    const left = await api.pool.query("SELECT FROM pg_class WHERE relname = 'offload_where'");
    expect(left.rows).toEqual([]);
  });

  test('a predicate that changes with time is noted where the tables are read at intervals', async () => {
    expect(await check([{ ...topics, where: 'dt <= now()' }], true)).toEqual([
      expect.stringMatching(/^note .*, where: not IMMUTABLE/),
    ]);
  });
});

describe('npm run check:schema', () => {
  const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offload-check-'));
    const source = new URL('../support/tables/topics.ts', import.meta.url).href;
    await writeFile(
      join(folder, 'tables.ts'),
      `import { topics } from '${source}'; export const tables = [topics];`,
    );
  });
  const run = (environment: Record<string, string> = {}) =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const env = {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL_RDS_DATA: api.server.url,
        ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
        ...{ DB_CLUSTER_ARN: defaultArns.resourceArn, DB_SECRET_ARN: defaultArns.secretArn },
        DB_NAME: new URL(api.url).pathname.slice(1),
        ...environment,
      };
      const args = [file('scripts/check-schema.ts'), '--tables', 'tables.ts'];
      const child = execFile(process.execPath, args, { env, cwd: folder }, async (_, out, err) => {
        await rm(folder, { recursive: true });
        resolve({ code: child.exitCode, output: out + err });
      });
    });
  const noSettings = { DB_CLUSTER_ARN: '', DB_SECRET_ARN: '', DB_NAME: '', AWS_ENDPOINT_URL_RDS_DATA: '' };

  test('ends with 0 where every table fits, and has a line for each note', async () => {
    await api.pool.query('ALTER TABLE bbs_topic ADD likes int');
    expect(await run()).toEqual({
      code: 0,
      output:
        "public.bbs_topic, column likes: not in the table's file, so it is not served\npublic.bbs_topic fits its file.\n",
    });
  });

  test('ends with 1, and has one line for each difference', async () => {
    await api.pool.query('ALTER TABLE bbs_topic DROP title, ALTER comment DROP NOT NULL');
    const { code, output } = await run();
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^public\.bbs_topic, column title: expected .*, found no such column$/),
      expect.stringMatching(
        /^public\.bbs_topic, column comment: expected .* NOT NULL, found text, NULL allowed$/,
      ),
    ]);
  });

  test('asks the running local stack where no setting says otherwise', async () => {
    await mkdir(join(folder, '.local'));
    await writeFile(
      join(folder, '.local/endpoints.json'),
      JSON.stringify({ dataApi: api.server.url, database: api.url }),
    );
    expect(await run(noSettings)).toEqual({ code: 0, output: 'public.bbs_topic fits its file.\n' });
  });

  test('ends with 1, and one line, when it cannot ask', async () => {
    expect(await run({ DB_NAME: '' })).toEqual({
      code: 1,
      output:
        'The environment is not complete: DB_NAME is missing. Set all of DB_CLUSTER_ARN, DB_SECRET_ARN, DB_NAME, or none.\n',
    });
  });

  test('exits with 1 without a Data API to call', async () => {
    const nothing = await run(noSettings);
    expect(nothing.code).toBe(1);
    expect(nothing.output).toContain('or start the local stack with "npm start"');
  });

  test('ends with 1, and names a database that is not there', async () => {
    const { code, output } = await run({ DB_NAME: 'nowhere' });
    expect(code).toBe(1);
    expect(output).toContain('"nowhere"');
  });
});
