import { beforeEach, describe, expect, test } from '@jest/globals';
import { StoreError } from '../../lib/stores/store-error.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { categories } from '../support/tables/categories.ts';
import { topics } from '../support/tables/topics.ts';
import { createTestDataset, freshForMs, recordsOf, type TestDataset, textOf } from './test-dataset.ts';

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;

beforeEach(() => {
  dataset = createTestDataset();
  container = dataset.container();
});

describe('a container that has read the pointer before its first request', () => {
  beforeEach(async () => {
    await dataset.publish({ rows: { topics: recordsOf(3), categories: recordsOf(2) } });
    await container.start([topics, categories]);
    dataset.count('read');
  });

  test('has requested the chunks of small tables too, once', async () => {
    const answers = await Promise.all([container.read(), container.read({ table: categories })]);
    expect(answers.map(textOf)).toEqual([
      naiveBody('topics', recordsOf(3)),
      naiveBody('categories', recordsOf(2)),
    ]);
    const stored = await dataset.stored();
    expect(dataset.fetched().sort()).toEqual(stored.map(({ hash }) => hash).sort());
  });

  test('requests no chunks of large tables', async () => {
    const large = [recordOf('1', 'x'.repeat(600_000))];
    await dataset.publish({ rows: { topics: large } });
    dataset.fetched();
    const other = dataset.container();
    await other.start([topics, categories]);
    expect(dataset.fetched()).toEqual([]);
    expect(textOf(await other.read())).toBe(naiveBody('topics', large));
  });

  test('requests them again for a request, if that fails', async () => {
    const other = dataset.container();
    dataset.down.blobs = new StoreError('read blobs', new Error('away'));
    await other.start([topics]);
    const served = other.read(); // joins the call
    dataset.down.blobs = undefined;
    expect(textOf(await served)).toBe(naiveBody('topics', recordsOf(3)));
  });

  test('requests those of the asked table again, if the store has throttled another table’s', async () => {
    const pointer = await dataset.pointers.read();
    const throttled = new Set(pointer?.tables['categories']?.[0]?.manifest.refs.map(({ hash }) => hash));
    const other = dataset.container({
      blobs: {
        async read(hashes) {
          if (!hashes.some((hash) => throttled.has(hash))) return dataset.blobs.read(hashes);
          throw new StoreError('read blobs', new Error('no key was processed'));
        },
      },
    });
    await other.start([topics, categories]);
    expect(textOf(await other.read())).toBe(naiveBody('topics', recordsOf(3)));
  });

  test('takes a read of the pointer that was sent before it existed, as old as that', async () => {
    const other = dataset.container();
    const sent = { sentAtMs: dataset.clock.now(), pointer: dataset.pointers.read() };
    dataset.clock.advance(freshForMs - 1);
    await other.start([topics], sent);
    expect(await other.read()).toMatchObject({ ageMs: freshForMs - 1, entry: { count: 3 } });
    expect(dataset.count('read')).toBe(0);
    dataset.clock.advance(1);
    await other.read();
    expect(dataset.count('read')).toBe(1);
  });

  test('reports the failure of such a read to the first request, which does not call the store again', async () => {
    const away = new StoreError('read the pointer', new Error('away'));
    const other = dataset.container();
    await other.start([topics], { sentAtMs: dataset.clock.now(), pointer: Promise.reject(away) });
    await expect(other.read()).rejects.toBe(away);
    expect(dataset.count('read')).toBe(0);
  });

  test('answers a young one from it, which is as old as the question', async () => {
    dataset.clock.advance(freshForMs - 1);
    expect(await container.read()).toMatchObject({ from: 'store', ageMs: freshForMs - 1 });
    expect(dataset.count('read')).toBe(0);
  });

  test('asks again for one that comes later, or with no-cache', async () => {
    await dataset.publish({ rows: { topics: recordsOf(4) } });
    expect(await container.read({ noCache: true })).toMatchObject({ entry: { count: 4 } });
    await dataset.publish({ rows: { topics: recordsOf(5) } });
    dataset.clock.advance(3_600_000);
    expect(await container.read()).toMatchObject({ ageMs: 0, entry: { count: 5 } });
  });

  test('asks again for a version that it does not know yet', async () => {
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(4) } });
    expect(await container.read({ version: generation })).toMatchObject({ version: generation });
  });
});
