import { randomBytes } from 'node:crypto';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../lib/clock.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { createLoader } from '../../lib/reading/loader.ts';
import type { Source } from '../../lib/source/source.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { createDynamoDbStore } from '../../lib/stores/dynamodb/store.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { form, naiveBody, naiveEtag, recordOf, runsOf } from '../fakes/records.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let server: TestDynamoDb;
beforeAll(async () => {
  server = await startTestDynamoDb();
});
afterAll(() => server.close());

/** 600 KB as JSON, and more than DynamoDB's 400 KB for an item once it is deflated. */
const largeRow = () => recordOf('2', randomBytes(450_000).toString('base64'));

test('a row larger than an item is published, read, repaired and retired like any other', async () => {
  const { table, store, refresh, load, publishes } = await createCache();
  const rows = [recordOf('1', 'small'), largeRow(), recordOf('3', 'small')];
  await publishes(rows.slice(0, 1), 'published');

  await publishes(rows, 'published');
  const large = (await store.readHead())?.chunks.find(({ firstKey }) => firstKey === '2');
  const loaded = await load();
  expect(loaded.from).toBe('store');
  expect(loaded.snapshot.body().equals(Buffer.from(naiveBody('topics', rows)))).toBe(true);

  const part = { pk: { S: `chunk#${large?.hash}#1` } };
  await server.client.send(new DeleteItemCommand({ TableName: table, Key: part }));
  expect((await load()).from).toBe('database');
  const repaired = await load();
  expect(repaired.from).toBe('store');
  expect(repaired.snapshot.body().equals(Buffer.from(naiveBody('topics', rows)))).toBe(true);

  await publishes(rows.slice(0, 1), 'published');
  expect(await refresh()).toMatchObject({ outcome: 'unchanged' });
  expect((await load()).snapshot.body().toString()).toBe(naiveBody('topics', rows.slice(0, 1)));
}, 30_000);

/** The refresher and the loader on DynamoDB, and a table that is what a test says. */
async function createCache() {
  const table = await server.createTable();
  const shared = { dynamoDb: server.dynamoDb, table };
  const store = createDynamoDbStore({ ...shared, nowMs: systemClock.now });
  let records: readonly StoredRecord[] = [];
  let rank = 7;
  const source: Source = {
    name: 'topics',
    form,
    async read({ known }) {
      const moment = { snapshot: `${rank}:${rank}:`, rank };
      const content = { runs: runsOf(records, known), etag: naiveEtag(records) };
      return { ...content, moment, settled: [], unknownColumns: [] };
    },
    settled: async () => [],
  };
  let owners = 0;
  const refresher = createRefresher({
    store,
    requests: createDynamoDbRequests(shared),
    source,
    epoch: 1,
    clock: systemClock,
    newOwner: () => `owner ${++owners}`,
    report: () => {},
  });
  const loader = createLoader({ name: 'topics', store, refresher: async () => refresher, report: () => {} });
  const inTenSeconds = () => systemClock.now() + 10_000;
  const refresh = () => refresher.refresh({ deadlineMs: inTenSeconds(), wait: true, lingerMs: 0 });
  return {
    table,
    store,
    refresh,
    load: () => loader(undefined, inTenSeconds()),
    /** The table has these rows from now on. */
    async publishes(rows: readonly StoredRecord[], outcome: string) {
      records = rows;
      rank += 1;
      expect(await refresh()).toMatchObject({ outcome });
    },
  };
}
