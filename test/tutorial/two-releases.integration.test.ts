/** The section "Change a model" of docs/your-models.md: two releases with different table files run on one cache. */

import { mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createDataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { startFunctions } from '../../local/functions.ts';
import { startParameterStore } from '../../local/parameters.ts';
import { localToken } from '../../local/settings.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clientOf, createTestFolder } from '../support/stack.ts';
import { countriesSql } from '../support/tables/countries.ts';
import { until } from '../support/until.ts';
import { writeTables } from '../support/write-tables.ts';

jest.setTimeout(60_000);

const topics = (columns: string, more = '') => `{ columns: { id: column.integer(), ${columns} }, ${more} }`;
const view = "relation: 'public.bbs_topic_view', changedBy: ['public.bbs_topic']";
const notes = "{ name: 'notes', relation: 'public.bbs_note' }";
const files = {
  titled: [topics('title: column.text()'), 'countries'],
  subtitled: [topics('title: column.text(), subtitle: column.text()'), 'countries'],
  untitled: [topics('subtitle: column.text()'), 'countries'],
  renamed: [topics("title: column.text({ column: 'headline' })"), 'countries'],
  numbered: [topics('title: column.integer()'), 'countries'],
  nullable: [topics('title: column.text({ nullable: true })'), 'countries'],
  noted: [topics('title: column.text()'), notes, 'countries'],
  viewed: [topics('title: column.text({ nullable: true })', view)],
  viewedMore: [
    topics('title: column.text({ nullable: true }), size: column.integer({ nullable: true })', view),
  ],
};
type Release = keyof typeof files;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof createTestFolder>>;
let start: (release: Release) => Promise<ReturnType<typeof clientOf> & { lambdaUrl: string }>;
const ends: (() => Promise<unknown>)[] = [];
const releases = new Map<Release, ReturnType<typeof start>>();

beforeAll(async () => {
  folder = await createTestFolder();
  database = await createTestDatabase();
  await database.pool.query(countriesSql);
  const dataApi = await createDataApiServer({ databaseUrl: database.url, ...defaultArns });
  const dynamoDb = await startDynamoDb({ port: 0, tableName: 'offload-local-cache' });
  const parameters = { '/offload/local/refresh-token': localToken };
  const parameterStore = await startParameterStore({ port: 0, parameters });
  ends.push(() => dataApi.close(), dynamoDb.stop, parameterStore.stop);
  const portOf = (url: string) => Number(new URL(url).port);
  start = async (release) => {
    const dir = `${folder.dir}/${release}`;
    await mkdir(dir);
    const functions = await startFunctions({
      ports: {
        ...{ api: 0, lambda: 0, dataApi: dataApi.port },
        ...{ dynamoDb: portOf(dynamoDb.url), parameters: parameterStore.port },
      },
      database: new URL(database.url).pathname.slice(1),
      dir,
      tablesFile: pathToFileURL(await writeTables(dir, files[release])).href,
    });
    ends.unshift(functions.stop);
    return { ...clientOf(functions.url), lambdaUrl: functions.lambdaUrl };
  };
}, 90_000);

afterAll(async () => {
  for (const end of ends) await end();
  await database.drop();
  await folder.remove();
});

/** Starts at its first use. */
function client(release: Release) {
  const running = releases.get(release) ?? start(release);
  releases.set(release, running);
  return running;
}

/** The text of a release's list, revalidated, and whether its Cache-Status reports that it is behind the table. */
async function recordOf(release: Release, path = '/topics/') {
  const { request } = await client(release);
  const response = await request(path, { headers: { 'cache-control': 'no-cache' } });
  const text = await response.text();
  const behind = /detail=(frozen|stale)$/.exec(response.headers.get('cache-status') ?? '')?.[1];
  return { status: response.status, text, behind };
}
const list = (records: string, name = 'topics') => ({
  status: 200,
  text: `{"${name}":[${records}]}`,
  behind: undefined,
});
const behind = (records: string, detail: 'frozen' | 'stale', name = 'topics') => ({
  ...list(records, name),
  behind: detail,
});

const sql = (text: string) => database.pool.query(text);
/** Refreshes with the refresh function of a release, the deployed one, like an event of the trigger. */
async function refreshBy(release: Release) {
  const { refresh } = await client(release);
  const { status } = await refresh({ headers: { prefer: 'return=minimal' } });
  return status;
}

/** The answer of a release's refresh function to a table's event, as the trigger and a deployment send it. */
async function send(release: Release, relation: string): Promise<unknown> {
  const [schema, table] = relation.split('.');
  const { lambdaUrl } = await client(release);
  const response = await fetch(`${lambdaUrl}/2015-03-31/functions/offload-local-refresh/invocations`, {
    method: 'POST',
    body: JSON.stringify({ source: 'offload', schema, table, operation: 'UPDATE' }),
  });
  return response.json();
}
const logOf = (release: Release) => readFile(`${folder.dir}/${release}/functions.log`, 'utf8');

async function setUp(table: string, release: Release) {
  await sql(
    `DROP TABLE IF EXISTS bbs_topic CASCADE; CREATE TABLE bbs_topic (id bigint PRIMARY KEY, ${table})`,
  );
  await sql("INSERT INTO bbs_topic VALUES (1, 'a')");
  expect(await refreshBy(release)).toBe(204);
}

describe('a new column: migrate, then deploy', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('after the migration the old release serves the same list', async () => {
    await sql("ALTER TABLE bbs_topic ADD COLUMN subtitle text NOT NULL DEFAULT 'b'");
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"a"}'));
  });

  test('each release serves its own form after a refresh by either', async () => {
    expect(await recordOf('subtitled')).toEqual(list('{"id":1,"title":"a","subtitle":"b"}'));
    for (const [n, by] of (['titled', 'subtitled', 'titled'] as const).entries()) {
      await sql(`UPDATE bbs_topic SET title = 'a${n}'`);
      expect(await refreshBy(by)).toBe(204);
      expect(await recordOf('titled')).toEqual(list(`{"id":1,"title":"a${n}"}`));
      expect(await recordOf('subtitled')).toEqual(list(`{"id":1,"title":"a${n}","subtitle":"b"}`));
    }
  });
});

describe('a column is dropped: deploy, then migrate', () => {
  beforeAll(() => setUp("title text NOT NULL, subtitle text NOT NULL DEFAULT 'b'", 'subtitled'));

  test('both serve their own form before the migration', async () => {
    expect(await recordOf('untitled')).toEqual(list('{"id":1,"subtitle":"b"}'));
    expect(await recordOf('subtitled')).toEqual(list('{"id":1,"title":"a","subtitle":"b"}'));
  });

  test('after it the new release is current, and the old one serves its last rows as stale', async () => {
    await sql('ALTER TABLE bbs_topic DROP COLUMN title');
    await sql("UPDATE bbs_topic SET subtitle = 'c'");
    expect(await refreshBy('untitled')).toBe(204);
    expect(await recordOf('untitled')).toEqual(list('{"id":1,"subtitle":"c"}'));
    expect(await recordOf('subtitled')).toEqual(behind('{"id":1,"title":"a","subtitle":"b"}', 'stale'));
    expect(await recordOf('untitled')).toEqual(list('{"id":1,"subtitle":"c"}'));
  });
});

describe('a column is renamed, its member kept: migrate, and deploy at once', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('in between the lists are frozen, never an error', async () => {
    await sql("ALTER TABLE bbs_topic RENAME COLUMN title TO headline; UPDATE bbs_topic SET headline = 'd'");
    expect(await refreshBy('titled')).toBe(500);
    expect(await recordOf('titled')).toEqual(behind('{"id":1,"title":"a"}', 'frozen'));
  });

  test('the new release serves the current rows', async () => {
    expect(await recordOf('renamed')).toEqual(list('{"id":1,"title":"d"}'));
    expect(await refreshBy('renamed')).toBe(204);
    expect(await recordOf('renamed')).toEqual(list('{"id":1,"title":"d"}'));
  });
});

describe('a type changes to one that the same column function reads: migrate', () => {
  beforeAll(() => setUp('title varchar(10) NOT NULL', 'titled'));

  test('the lists stay current', async () => {
    await sql("ALTER TABLE bbs_topic ALTER COLUMN title TYPE text; UPDATE bbs_topic SET title = 'b'");
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"b"}'));
  });
});

describe('a type changes: migrate, and deploy at once', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('in between the lists are frozen', async () => {
    await sql('ALTER TABLE bbs_topic ALTER COLUMN title TYPE integer USING 7');
    expect(await refreshBy('titled')).toBe(500);
    expect(await recordOf('titled')).toEqual(behind('{"id":1,"title":"a"}', 'frozen'));
  });

  test('the new release serves its form, and the old one keeps its own', async () => {
    expect(await recordOf('numbered')).toEqual(list('{"id":1,"title":7}'));
    expect(await recordOf('titled')).toEqual(behind('{"id":1,"title":"a"}', 'stale'));
  });
});

describe('NULL is allowed: deploy, then migrate', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('both serve the rows before the migration', async () => {
    expect(await recordOf('nullable')).toEqual(list('{"id":1,"title":"a"}'));
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"a"}'));
  });

  test('after it the new release serves NULL, and the old one serves its last rows', async () => {
    await sql(
      'ALTER TABLE bbs_topic ALTER COLUMN title DROP NOT NULL; INSERT INTO bbs_topic VALUES (2, NULL)',
    );
    expect(await refreshBy('nullable')).toBe(204);
    expect(await recordOf('nullable')).toEqual(list('{"id":1,"title":"a"},{"id":2,"title":null}'));
    expect(await recordOf('titled')).toEqual(behind('{"id":1,"title":"a"}', 'stale'));
  });
});

describe('NULL is forbidden: migrate, then deploy', () => {
  beforeAll(() => setUp('title text', 'nullable'));

  test('both releases serve the rows after a refresh by either', async () => {
    await sql("ALTER TABLE bbs_topic ALTER COLUMN title SET NOT NULL; UPDATE bbs_topic SET title = 'b'");
    // A container that has just met the drift of the test before reads the table again within some seconds.
    const isCurrent = async () => (await recordOf('titled')).behind === undefined;
    await until('the release before is current', isCurrent);
    for (const release of ['nullable', 'titled', 'nullable'] as const) {
      expect(await refreshBy(release)).toBe(204);
      expect(await recordOf('nullable')).toEqual(list('{"id":1,"title":"b"}'));
      expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"b"}'));
    }
  });
});

describe('a model comes: migrate, then deploy. It goes: deploy, then migrate', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('the migration leaves the old release’s lists unchanged; the new path is 404 there', async () => {
    await sql(
      "CREATE TABLE bbs_note (id bigint PRIMARY KEY, title text NOT NULL); INSERT INTO bbs_note VALUES (1, 'n')",
    );
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('titled', '/notes/')).toMatchObject({ status: 404, behind: undefined });
  });

  test('an event of it is ignored by the release before, with the tables that it knows in the log', async () => {
    expect(await send('titled', 'public.bbs_note')).toMatchObject({ outcome: 'ignored' });
    const lines = (await logOf('titled')).split('\n').filter((line) => line.includes('"event.unmatched"'));
    expect(lines).toEqual([
      expect.stringContaining(
        '"relations":["public.bbs_note"],"known":["public.bbs_topic","public.geo_country"]',
      ),
    ]);
  });

  test('the refresh that ends a deployment reads it too, whichever table it names', async () => {
    const refreshed = await send('noted', 'public.bbs_topic');
    expect(refreshed).toMatchObject({ outcome: 'published' });
    const { request } = await client('noted');
    // A container may have read the pointer when it started, a moment before the refresh.
    const response = await request('/notes/', { headers: { 'cache-control': 'no-cache' } });
    expect(refreshed).toMatchObject({ version: Number(response.headers.get('snapshot-version')) });
    expect(response.headers.get('cache-status')).not.toContain('database');
  });

  test('the new release serves it, and the tables that were there in one form with the other', async () => {
    expect(await recordOf('noted', '/notes/')).toEqual(list('{"id":1,"title":"n"}', 'notes'));
    await sql("UPDATE bbs_topic SET title = 'b'");
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('noted')).toEqual(list('{"id":1,"title":"b"}'));
  });

  test('once it is dropped, the release without it is current, and the other serves it as frozen', async () => {
    await sql("DROP TABLE bbs_note; UPDATE bbs_topic SET title = 'c'");
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"c"}'));
    await refreshBy('noted');
    expect(await recordOf('noted')).toEqual(list('{"id":1,"title":"c"}'));
    expect(await recordOf('noted', '/notes/')).toEqual(behind('{"id":1,"title":"n"}', 'frozen', 'notes'));
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"c"}'));
  });
});

describe('a view changes', () => {
  beforeAll(async () => {
    await sql('CREATE VIEW bbs_topic_view AS SELECT 1::bigint AS id, $$first$$::text AS title');
    await setUp('title text NOT NULL', 'viewed');
    await sql('CREATE OR REPLACE VIEW bbs_topic_view AS SELECT id, title FROM bbs_topic');
    expect(await refreshBy('viewed')).toBe(204);
  });

  test('a column at its end: the lists are without it until the new release has it', async () => {
    await sql(
      'CREATE OR REPLACE VIEW bbs_topic_view AS SELECT id, title, length(title) AS size FROM bbs_topic',
    );
    expect(await refreshBy('viewed')).toBe(204);
    expect(await recordOf('viewed')).toEqual(list('{"id":1,"title":"a"}'));
    expect(await recordOf('viewedMore')).toEqual(list('{"id":1,"title":"a","size":1}'));
    expect(await recordOf('viewed')).toEqual(list('{"id":1,"title":"a"}'));
  });

  test('recreated in one transaction with the same columns: the lists stay current', async () => {
    await sql(`BEGIN; DROP VIEW bbs_topic_view;
      CREATE VIEW bbs_topic_view AS SELECT id, upper(title) AS title, length(title) AS size FROM bbs_topic; COMMIT`);
    expect(await refreshBy('viewedMore')).toBe(204);
    expect(await recordOf('viewedMore')).toEqual(list('{"id":1,"title":"A","size":1}'));
    expect(await recordOf('viewed')).toEqual(list('{"id":1,"title":"A"}'));
  });

  test('recreated without a column of a release: that release serves it as frozen', async () => {
    await sql(`BEGIN; DROP VIEW bbs_topic_view;
      CREATE VIEW bbs_topic_view AS SELECT id, title FROM bbs_topic; COMMIT`);
    expect(await refreshBy('viewedMore')).toBe(500);
    expect(await recordOf('viewedMore')).toEqual(behind('{"id":1,"title":"A","size":1}', 'frozen'));
    expect(await refreshBy('viewed')).toBe(204);
    expect(await recordOf('viewed')).toEqual(list('{"id":1,"title":"a"}'));
  });
});
