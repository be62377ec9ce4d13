import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { startTestParts } from '../support/parts.ts';
import { createTopicsDatabase } from '../support/stack.ts';

jest.setTimeout(60_000);

let client: Client;
let stack: Awaited<ReturnType<typeof startTestParts>>;

beforeAll(async () => {
  const url = await createTopicsDatabase('stack_faults');
  client = new Client({ connectionString: url });
  await client.connect();
  stack = await startTestParts(url);
}, 30_000);

afterAll(async () => {
  await client.end();
  await stack.stop();
});

afterEach(async () => {
  stack.dataApi.faults.clear();
  await stack.dynamoDb.start();
});

let changes = 0;
/** Changes a topic. @returns its title, which is new */
async function change() {
  const title = `change ${++changes} of a test`;
  await client.query('UPDATE bbs_topic SET title = $1 WHERE id = 9', [title]);
  return title;
}
/** After an outage a container retries the store within 30 s. */
async function listed(title: string) {
  for (const untilMs = Date.now() + 35_000; Date.now() < untilMs; await sleep(200))
    if ((await stack.topics()).includes(title)) return true;
  return false;
}
/** Waits until the list comes from the shared store, because only such a list has a version. */
async function fromStore() {
  for (const untilMs = Date.now() + 35_000; Date.now() < untilMs; await sleep(200)) {
    const { headers } = await stack.request('/topics/?limit=1');
    if (headers.get('link')?.includes('version=')) return true;
  }
  return false;
}
const refreshed = async () => (await stack.refresh()).status;

describe('with nothing published', () => {
  test('and no shared cache, the list is read from the table', async () => {
    await stack.dynamoDb.stop();
    const response = await stack.request('/topics/');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-status')).toBe('offload; fwd=miss; detail=database');
  });
});

describe('without a shared cache', () => {
  test('the list goes on from memory, and says so', async () => {
    const title = await change();
    expect(await refreshed()).toBe(200);
    expect(await fromStore()).toBe(true);
    expect(await listed(title)).toBe(true);
    await stack.dynamoDb.stop();
    const response = await stack.request('/topics/', { headers: { 'cache-control': 'no-cache' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-status')).toContain('stale');
    expect((await response.text()).includes(title)).toBe(true);
  });

  test('a refresh is 503, to be tried again, and works once it is back', async () => {
    await stack.dynamoDb.stop();
    const title = await change();
    const response = await stack.refresh();
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: 'cache_unavailable' });
    await stack.dynamoDb.start();
    expect(await refreshed()).toBe(200);
    expect(await listed(title)).toBe(true);
  });
});

describe('without a database', () => {
  test('the list goes on from the cache; a refresh is 503, and works once it is back', async () => {
    const before = await change();
    expect(await refreshed()).toBe(200);
    const title = await change();
    stack.dataApi.faults.add({ kind: 'databaseUnavailable', times: 10_000 });

    const [response, isListed] = await Promise.all([stack.refresh(), listed(before)]);
    expect(isListed).toBe(true);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: 'database_unavailable' });
    expect(await listed(before)).toBe(true);

    stack.dataApi.faults.clear();
    expect(await refreshed()).toBe(200);
    expect(await listed(title)).toBe(true);
  }, 60_000);

  test.each(['resuming', 'throttling', 'connectionReset', 'internalError'] as const)(
    'that is back soon (%s), a refresh takes a little longer',
    async (kind) => {
      stack.dataApi.faults.add({ kind, times: 2 });
      const title = await change();
      expect(await refreshed()).toBe(200);
      expect(await listed(title)).toBe(true);
    },
  );
});

describe('a table that does not fit', () => {
  test.each([
    [
      'column dt',
      'ALTER TABLE bbs_topic ALTER dt DROP NOT NULL',
      'ALTER TABLE bbs_topic ALTER dt SET NOT NULL',
    ],
    [
      'column title',
      'ALTER TABLE bbs_topic ALTER title TYPE bytea USING title::bytea',
      "ALTER TABLE bbs_topic ALTER title TYPE varchar(100) USING convert_from(title, 'UTF8')",
    ],
    [
      'column comment',
      'ALTER TABLE bbs_topic RENAME comment TO remark',
      'ALTER TABLE bbs_topic RENAME remark TO comment',
    ],
  ])(
    '(%s) is named to whoever refreshes, and in the log, and the last good list stays',
    async (named, spoil, mend) => {
      const before = await change();
      expect(await refreshed()).toBe(200);
      await client.query(spoil);
      const response = await stack.refresh();
      await client.query(mend);
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({
        code: 'schema_drift',
        message: expect.stringContaining(named),
      });
      expect(await stack.log()).toContain(named);
      expect(await listed(before)).toBe(true);
      const title = await change();
      expect(await refreshed()).toBe(200);
      expect(await listed(title)).toBe(true);
    },
  );
});

describe('with a cache in each container', () => {
  let alone: typeof stack;
  beforeAll(async () => {
    process.env['CACHE'] = 'container';
    alone = await startTestParts(await createTopicsDatabase('stack_faults'));
    delete process.env['CACHE'];
    await alone.dynamoDb.stop();
  }, 30_000);
  afterAll(() => alone.stop());

  test('a list is of the table as it is, and a refresh answers it, without DynamoDB', async () => {
    const title = await change();
    expect((await alone.topics()).includes(title)).toBe(true);
    const next = await change();
    const response = await alone.refresh();
    expect(response.status).toBe(200);
    expect((await response.text()).includes(next)).toBe(true);
    expect((await alone.topics()).includes(next)).toBe(true);
  });

  test('the list goes on from memory while the database is away', async () => {
    const title = await change();
    expect((await alone.topics()).includes(title)).toBe(true);
    alone.dataApi.faults.add({ kind: 'databaseUnavailable', times: 10_000 });
    expect((await alone.topics()).includes(title)).toBe(true);
  }, 60_000);
});
