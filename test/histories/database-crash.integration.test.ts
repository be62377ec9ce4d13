import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createContainer, readWhole } from './container.ts';
import { type Parts, startParts } from './parts.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { readSnapshot } from './truth.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
}, 60_000);
afterAll(() => server.stop());

let parts: Parts;
let writer: Client;
beforeEach(async () => {
  parts = await startParts({ postgresUrl: server.url });
  writer = await session();
}, 30_000);
afterEach(async () => {
  await writer.end();
  await parts.close();
});

async function session() {
  const client = new Client({ connectionString: parts.database.url });
  client.on('error', () => {}); // a crash ends the session
  await client.connect();
  return client;
}

const container = () => createContainer(parts.settings(), { report: () => {} });
const refresh = () =>
  container().refresher.refresh({ deadlineMs: Date.now() + 10_000, wait: true, lingerMs: 0 });
const titles = async () => {
  const served = await readWhole(container(), 'topics');
  return { snapshot: served.entry.snapshot, body: served.body().toString() };
};
/** The number of ended transactions, by which a transaction counter would order moments. */
const rankOf = (snapshot: string) => readSnapshot(snapshot).xmax - readSnapshot(snapshot).unfinished.size;

async function transactions(count: number, end: 'COMMIT' | 'ROLLBACK', title: string) {
  for (let n = 1; n <= count; n += 1) {
    await writer.query('BEGIN');
    await writer.query('UPDATE bbs_topic SET title = $1 WHERE id = $2', [`${title} ${n}`, n * 250]);
    await writer.query(end);
  }
}

test('ids of transactions that are given again after a crash: the list shows the rows of after it', async () => {
  // The last commit is flushed, so that the crash loses only later commits.
  await writer.query("SET synchronous_commit = on; UPDATE bbs_topic SET title = 'kept' WHERE id = 250");
  await writer.query('SET synchronous_commit = off');
  await transactions(20, 'ROLLBACK', 'rolled back');
  expect(await refresh()).toMatchObject({ outcome: 'published' });
  const before = await titles();
  expect(before.body).toContain('"title":"kept"');

  await server.crash();
  writer = await session();
  await transactions(20, 'COMMIT', 'after the crash');
  expect(await refresh()).toMatchObject({ outcome: 'published' });
  const after = await titles();

  for (let n = 1; n <= 20; n += 1) expect(after.body).toContain(`"title":"after the crash ${n}"`);
  // A count of transactions cannot detect the crash: the number of ended transactions is the same.
  expect(rankOf(after.snapshot)).toBe(rankOf(before.snapshot));
}, 60_000);

test('commits that a crash takes back are taken from the list by one refresh, though fewer transactions have ended', async () => {
  await writer.query("SET synchronous_commit = on; UPDATE bbs_topic SET title = 'kept' WHERE id = 250");
  await writer.query('SET synchronous_commit = off');
  await transactions(20, 'COMMIT', 'lost');
  await refresh();
  const before = await titles();
  expect(before.body).toContain('"title":"lost 20"');

  await server.crash();
  expect(await refresh()).toMatchObject({ outcome: 'published' });
  const after = await titles();
  expect(after.body).not.toContain('"title":"lost');
  expect(after.body).toContain('"title":"kept"');
  expect(rankOf(after.snapshot)).toBeLessThan(rankOf(before.snapshot));
}, 60_000);
