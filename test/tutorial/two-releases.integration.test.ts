/** The life of a model: a release with other table files replaces one, and for a while both are alive over one cache. */

import { mkdir } from 'node:fs/promises';
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
import { writeTables } from '../support/write-tables.ts';

jest.setTimeout(60_000);

const columns = (more: string) => `{ columns: { id: column.integer(), ${more} } }`;
const files = {
  titled: columns('title: column.text()'),
  subtitled: columns('title: column.text(), subtitle: column.text()'),
  untitled: columns('subtitle: column.text()'),
  renamed: columns("title: column.text({ column: 'headline' })"),
};
type Release = keyof typeof files;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof createTestFolder>>;
const ends: (() => Promise<unknown>)[] = [];
const releases = new Map<Release, ReturnType<typeof clientOf>>();

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
  for (const [name, options] of Object.entries(files)) {
    const dir = `${folder.dir}/${name}`;
    await mkdir(dir);
    const functions = await startFunctions({
      ports: {
        ...{ api: 0, lambda: 0, dataApi: dataApi.port },
        ...{ dynamoDb: portOf(dynamoDb.url), parameters: parameterStore.port },
      },
      database: new URL(database.url).pathname.slice(1),
      dir,
      tablesFile: pathToFileURL(await writeTables(dir, [options, 'countries'])).href,
    });
    ends.unshift(functions.stop);
    if (isRelease(name)) releases.set(name, clientOf(functions.url));
  }
}, 90_000);

const isRelease = (name: string): name is Release => name in files;

afterAll(async () => {
  for (const end of ends) await end();
  await database.drop();
  await folder.remove();
});

function client(release: Release) {
  const found = releases.get(release);
  if (found === undefined) throw new Error(`there is no ${release}`);
  return found;
}

/** The record of a release's list, validated with the store, and whether the list says that it is behind the table. */
async function recordOf(release: Release) {
  const response = await client(release).request('/topics/', { headers: { 'cache-control': 'no-cache' } });
  const text = await response.text();
  const behind = /detail=(frozen|stale)$/.exec(response.headers.get('cache-status') ?? '')?.[1];
  return { status: response.status, record: text, behind };
}
const list = (record: string) => ({ status: 200, record: `{"topics":[${record}]}`, behind: undefined });
const behind = (record: string, detail: 'frozen' | 'stale') => ({ ...list(record), behind: detail });

const sql = (text: string) => database.pool.query(text);
/** By the refresh function of a release, as an event of the trigger would: it is the one that is deployed. */
async function refreshBy(release: Release) {
  const { status } = await client(release).refresh({ headers: { prefer: 'return=minimal' } });
  return status;
}

async function setUp(table: string, release: Release) {
  await sql(`DROP TABLE IF EXISTS bbs_topic; CREATE TABLE bbs_topic (id bigint PRIMARY KEY, ${table})`);
  await sql("INSERT INTO bbs_topic VALUES (1, 'a')");
  expect(await refreshBy(release)).toBe(204);
}

describe('a new column: migrate, then deploy', () => {
  beforeAll(() => setUp('title text NOT NULL', 'titled'));

  test('after the migration the release before serves what it did', async () => {
    await sql("ALTER TABLE bbs_topic ADD COLUMN subtitle text NOT NULL DEFAULT 'b'");
    expect(await refreshBy('titled')).toBe(204);
    expect(await recordOf('titled')).toEqual(list('{"id":1,"title":"a"}'));
  });

  test('while both are alive each serves its own form, whoever refreshes', async () => {
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

  test('after it the new one goes on, and what is left of the old one has the rows that it had, and says so', async () => {
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

  test('the new release serves the rows as they are', async () => {
    expect(await recordOf('renamed')).toEqual(list('{"id":1,"title":"d"}'));
    expect(await refreshBy('renamed')).toBe(204);
    expect(await recordOf('renamed')).toEqual(list('{"id":1,"title":"d"}'));
  });
});
