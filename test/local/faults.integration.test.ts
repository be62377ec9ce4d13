import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { startTestParts } from '../support/parts.ts';
import { createTopicsDatabase } from '../support/stack.ts';
import { until } from '../support/until.ts';

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
/** After an outage a container asks the store again within 30 s. */
const patience = { withinMs: 35_000, everyMs: 200 };
const untilListed = (title: string) =>
  until(`the list has ${title}`, async () => (await stack.topics()).includes(title), patience);
/** Until the list is of the shared store: a list that the container has read past it has no version to name. */
const untilFromStore = () =>
  until(
    'the list is of the shared store',
    async () => {
      const { headers } = await stack.request('/topics/?limit=1');
      return headers.get('link')?.includes('version=') ?? false;
    },
    patience,
  );
const refreshed = async () => (await stack.refresh()).status;

describe('without a published generation', () => {
  test('and no shared cache, the list is read from the table', async () => {
    await stack.dynamoDb.stop();
    const response = await stack.request('/topics/');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-status')).toBe('offload; fwd=miss; detail=database');
  });
});

describe('without a shared cache', () => {
  test('the list is served from memory as stale', async () => {
    const title = await change();
    expect(await refreshed()).toBe(200);
    await untilFromStore();
    await untilListed(title);
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
    await untilListed(title);
  });
});

describe('without a database', () => {
  test('the list is served from the cache; a refresh is 503, and succeeds after the outage', async () => {
    const before = await change();
    expect(await refreshed()).toBe(200);
    const title = await change();
    stack.dataApi.faults.add({ kind: 'databaseUnavailable', times: 10_000 });

    const [response] = await Promise.all([stack.refresh(), untilListed(before)]);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: 'database_unavailable' });
    await untilListed(before);

    stack.dataApi.faults.clear();
    expect(await refreshed()).toBe(200);
    await untilListed(title);
  }, 60_000);

  test.each(['resuming', 'throttling', 'connectionReset', 'internalError'] as const)(
    'that is back soon (%s), a refresh takes a little longer',
    async (kind) => {
      stack.dataApi.faults.add({ kind, times: 2 });
      const title = await change();
      expect(await refreshed()).toBe(200);
      await untilListed(title);
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
      await untilListed(before);
      const title = await change();
      expect(await refreshed()).toBe(200);
      await untilListed(title);
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

  test('a list and a refresh answer the current table without DynamoDB', async () => {
    const title = await change();
    expect((await alone.topics()).includes(title)).toBe(true);
    const next = await change();
    const response = await alone.refresh();
    expect(response.status).toBe(200);
    expect((await response.text()).includes(next)).toBe(true);
    expect((await alone.topics()).includes(next)).toBe(true);
  });

  test('the list is served from memory while the database is unreachable', async () => {
    const title = await change();
    expect((await alone.topics()).includes(title)).toBe(true);
    alone.dataApi.faults.add({ kind: 'databaseUnavailable', times: 10_000 });
    expect((await alone.topics()).includes(title)).toBe(true);
  }, 60_000);
});
