/** `npm start` with DATABASE_URL: the stack polls the database for changes, and writes nothing to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createTestFolder, createTopicsDatabase, startTestStack } from '../support/stack.ts';
import { countriesSql } from '../support/tables/countries.ts';
import { until } from '../support/until.ts';
import { writeTables } from '../support/write-tables.ts';

let stack: Awaited<ReturnType<typeof startTestStack>>;
let client: Client;
let folder: Awaited<ReturnType<typeof createTestFolder>>;

beforeAll(async () => {
  const url = await createTopicsDatabase('own_database');
  client = new Client({ connectionString: url });
  await client.connect();
  await client.query(countriesSql);
  await client.query("INSERT INTO geo_country VALUES ('JP', '日本', 377975.26)");
  folder = await createTestFolder();
  const file = await writeTables(folder.dir, ['{}', "{ name: 'gone', relation: 'public.gone' }"]);
  stack = await startTestStack(url, { pollMs: 100, tables: pathToFileURL(file) });
}, 60_000);

afterAll(async () => {
  await stack.stop();
  await client.end();
  await folder.remove();
});

const text = async (path: string) =>
  (await stack.request(path, { headers: { 'cache-control': 'no-cache' } })).text();

const untilHas = (path: string, words: string) =>
  until(`${path} has ${words}`, async () => (await text(path)).includes(words));

const untilSaid = (words: string) =>
  until(`the stack says ${words}`, () => stack.said.some((line) => line.includes(words)));

test('a table that is missing in the database is reported, and the others are served', async () => {
  expect(stack.said).toContain('public.gone, this table or view does not exist in the database');
  expect((await stack.request('/topics/1/')).status).toBe(200);
  expect(await text('/gone/')).toContain('"code":"schema_drift"');
});

test('a poll finds a change, without an object in the database', async () => {
  await client.query("UPDATE bbs_topic SET title = 'followed' WHERE id = 5");
  await untilHas('/topics/', '"id":5,"title":"followed"');
  const { rows } = await client.query(
    "SELECT nspname FROM pg_namespace WHERE nspname IN ('offload', 'aws_lambda')",
  );
  expect(rows).toEqual([]);
});

test('a transaction that is long is followed when it ends', async () => {
  await client.query('BEGIN');
  await client.query("UPDATE bbs_topic SET title = 'long' WHERE id = 6");
  await sleep(500); // time for five polls, which must not see it
  expect(await text('/topics/')).not.toContain('"title":"long"');
  await client.query('COMMIT');
  await untilHas('/topics/', '"title":"long"');
});

test('a table that is added to the index while the stack runs is served and followed', async () => {
  await writeTables(folder.dir, ['{}', 'countries']);
  await untilHas('/countries/', '日本');
  expect(await text('/countries/')).toBe('{"countries":[{"code":"JP","name":"日本","area":377975.26}]}');
  await client.query("INSERT INTO geo_country VALUES ('NL', 'Nederland', NULL)");
  await untilHas('/countries/', 'Nederland');
  await untilHas('/topics/', '"title":"long"');
});

test('an edit that does not match the database is reported in the terminal', async () => {
  await writeTables(folder.dir, [
    '{}',
    `{ ...countries, name: 'lands', columns: { code: column.text(), size: column.integer() } }`,
  ]);
  await untilSaid('public.geo_country, column size: expected');
  await writeTables(folder.dir, ['{}', "{ name: 'refresh' }"]);
  await untilSaid('Table "refresh": ');
  expect((await stack.request('/topics/1/')).status).toBe(200);
});

test('no part of the stack ended during these tests', () => {
  expect(stack.broken).toEqual([]);
});
