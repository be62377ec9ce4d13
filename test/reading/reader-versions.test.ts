import { beforeEach, describe, expect, test } from '@jest/globals';
import { StoreError } from '../../lib/stores/store-error.ts';
import { naiveBody } from '../fakes/records.ts';
import { categories } from '../support/tables/categories.ts';
import {
  createTestDataset,
  freshForMs,
  otherForm,
  recordsOf,
  type TestDataset,
  textOf,
} from './test-dataset.ts';

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;
/** Generations of lists with one to four topics. */
let versions: number[];

beforeEach(async () => {
  dataset = createTestDataset();
  container = dataset.container();
  versions = [];
  for (const count of [1, 2, 3, 4]) {
    const { generation } = await dataset.publish({
      rows: { topics: recordsOf(count), categories: recordsOf(1) },
    });
    versions.push(generation);
    dataset.clock.advance(10);
  }
});

const versionOf = (count: number) => versions[count - 1] ?? 0;
const readVersion = (version: number) => container.read({ version });
const isGone = (version: number) =>
  expect(readVersion(version)).rejects.toMatchObject({ code: 'version_gone' });

describe('a version that a request names', () => {
  test.each([1, 2, 3, 4])('(of %i) is the list as it was', async (count) => {
    const served = await readVersion(versionOf(count));
    expect(textOf(served)).toBe(naiveBody('topics', recordsOf(count)));
    expect(served.version).toBe(versionOf(count));
  });

  test('is answered in pages and records too', async () => {
    const need = () => ({ kind: 'key', key: '2' }) as const;
    const served = await container.read({ version: versionOf(2), need });
    expect(served.record('2')?.toString()).toBe(recordsOf(2)[1]?.json);
  });

  test('is that of a table which has not changed since, without another look', async () => {
    await container.read({ table: categories });
    dataset.count('readArchived');
    const served = await container.read({ table: categories, version: versionOf(4) });
    expect(served).toMatchObject({ version: versionOf(4), entry: { count: 1 } });
    expect(await container.read({ table: categories, version: served.entry.changed })).toMatchObject({
      version: versionOf(1),
      from: 'memory',
    });
    expect(dataset.count('readArchived')).toBe(0);
  });

  test('above the served one is unknown after one more read of the pointer', async () => {
    await container.read();
    await expect(readVersion(versionOf(4) + 1)).rejects.toMatchObject({ code: 'version_unknown' });
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(5) } });
    expect(await readVersion(generation)).toMatchObject({ entry: { count: 5 } }); // memory is still fresh
  });

  test('above a pinned one is unknown', async () => {
    await dataset.amend(() => ({ pin: versionOf(3) }));
    await expect(readVersion(versionOf(4))).rejects.toMatchObject({ code: 'version_unknown' });
    expect(await readVersion(versionOf(2))).toMatchObject({ entry: { count: 2 } });
  });

  test('that was never published is gone', () => isGone(versionOf(2) + 1));

  test('in another form only does not exist for this release', async () => {
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(9) }, form: otherForm });
    const only = createTestDataset();
    const old = await only.publish({ rows: { topics: recordsOf(1) }, form: otherForm });
    await only.publish({ rows: { topics: recordsOf(2) } });
    await expect(only.container().read({ version: old.generation })).rejects.toMatchObject({
      code: 'version_gone',
    });
    expect(generation).toBeGreaterThan(versionOf(4));
  });

  test('with a missing blob is gone, without a repair', async () => {
    const archived = await dataset.pointers.readArchived(versionOf(2));
    for (const { hash } of archived?.tables['topics']?.[0]?.manifest.refs ?? [])
      dataset.damaged.set(hash, 'missing');
    await isGone(versionOf(2));
    expect(dataset.refreshes).toEqual([]);
  });

  test('is not gone where the store only fails', async () => {
    await container.read();
    dataset.down.blobs = new StoreError('a test', new Error());
    await expect(readVersion(versionOf(2))).rejects.toBe(dataset.down.blobs);
  });

  test('is answered without regard to a transaction: the page that has led to it included it', async () => {
    const request = { version: versionOf(2), transactionId: '900' };
    expect(await container.read(request)).toMatchObject({ version: versionOf(2) });
    await dataset.amend(() => ({ pin: versionOf(4) }));
    expect(await container.read({ ...request, noCache: true })).toMatchObject({ version: versionOf(2) });
  });
});

describe('a version below the oldest', () => {
  test('does not exist, even if memory or the store has its chunks', async () => {
    await readVersion(versionOf(1));
    await dataset.amend(() => ({ oldest: versionOf(2) }));
    dataset.clock.advance(freshForMs);
    await isGone(versionOf(1));
    expect(await dataset.pointers.readArchived(versionOf(1))).toBeDefined();
    expect(await readVersion(versionOf(2))).toMatchObject({ entry: { count: 2 } });
  });

  test('exists while it is pinned', async () => {
    await dataset.amend(() => ({ oldest: versionOf(4), pin: versionOf(1) }));
    expect(await readVersion(versionOf(1))).toMatchObject({ pinned: true, entry: { count: 1 } });
    expect(await container.read()).toMatchObject({ version: versionOf(1) });
  });

  test('exists while a table is unchanged since it, so that a page walk continues', async () => {
    await dataset.amend(({ generation }) => ({ oldest: generation }));
    const walk = container.read({ table: categories, version: versionOf(1) });
    expect(await walk).toMatchObject({ version: versionOf(1) });
  });
});

describe('old versions in memory', () => {
  test('are two at most', async () => {
    for (const count of [1, 2, 3]) await readVersion(versionOf(count));
    dataset.count('readArchived');
    for (const count of [2, 3, 2]) await readVersion(versionOf(count));
    expect(dataset.count('readArchived')).toBe(0);
    await readVersion(versionOf(1));
    expect(dataset.count('readArchived')).toBe(1);
  });

  test('never push out the current one', async () => {
    const own = createTestDataset();
    const old = await own.publish({ rows: { topics: recordsOf(400, 'old') } });
    await own.publish({ rows: { topics: recordsOf(40) } });
    const reader = own.container({ memoryBytes: 30_000 });
    await reader.read();
    await reader.read({ version: old.generation });
    own.fetched();
    expect(await reader.read()).toMatchObject({ from: 'memory' });
    expect(own.fetched()).toEqual([]);
  });

  test('are loaded one at a time, for a bounded number of requests', async () => {
    await container.read();
    const { promise, resolve } = Promise.withResolvers<void>();
    dataset.down.slow = promise;
    const reads = Array.from({ length: 20 }, (_, at) => readVersion(versionOf(1 + (at % 3))));
    const results = Promise.allSettled(reads);
    await new Promise(setImmediate); // every read has begun that may
    expect(dataset.count('readArchived')).toBe(1);
    resolve();
    const rejected = (await results).filter(({ status }) => status === 'rejected');
    expect(rejected).toHaveLength(4);
    expect(rejected[0]).toMatchObject({ reason: { code: 'busy', retryAfterMs: 1_000 } });
  });
});
