import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { naiveBody } from '../fakes/records.ts';
import { topics } from '../support/tables/topics.ts';
import {
  createTestDataset,
  freshForMs,
  published,
  recordsOf,
  staleLimitMs,
  type TestDataset,
  textOf,
} from './test-dataset.ts';

const storeDown = new StoreError('a test', new Error('no answer'));
const databaseDown = new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs: 1_000 });

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;

beforeEach(async () => {
  dataset = createTestDataset();
  container = dataset.container();
  await dataset.publish({ rows: { topics: recordsOf(30) } });
});

describe('while the store is down', () => {
  test('memory is served as stale, with its age', async () => {
    await container.read();
    dataset.down.store = storeDown;
    for (const ms of [freshForMs, 20_000, 30_000]) {
      dataset.clock.advance(ms);
      expect(await container.read()).toMatchObject({ stale: true, from: 'memory' });
    }
    expect(await container.read()).toMatchObject({ ageMs: freshForMs + 50_000 });
    expect(dataset.reported.names()).toContain('list.stale');
  });

  test('a container starts, and its first request does not call the store again', async () => {
    dataset.down.store = storeDown;
    await container.start([topics]);
    await expect(container.read()).rejects.toBe(storeDown);
    expect(dataset.count('read')).toBe(1);
    dataset.down.store = undefined;
    dataset.clock.advance(freshForMs);
    expect(await container.read()).toMatchObject({ from: 'store', ageMs: 0 });
  });

  test('a container calls the store once per interval, with backoff, for all requests', async () => {
    await container.read();
    dataset.down.store = storeDown;
    dataset.clock.advance(freshForMs);
    dataset.count('read');
    const asked: number[] = [];
    for (let second = 0; second < 20; second += 1) {
      await container.read();
      await container.read({ noCache: true });
      if (dataset.count('read') > 0) asked.push(second);
      dataset.clock.advance(1_000);
    }
    expect(asked).toEqual([0, 1, 3, 7, 15]);
  });

  test('memory is as young again as the first question that is answered', async () => {
    await container.read();
    dataset.down.store = storeDown;
    dataset.clock.advance(freshForMs);
    await container.read();
    dataset.down.store = undefined;
    dataset.clock.advance(freshForMs);
    expect(await container.read()).toMatchObject({ stale: false, ageMs: 0 });
  });

  test('memory past the stale limit is not served', async () => {
    await container.read();
    dataset.down.store = storeDown;
    dataset.clock.advance(staleLimitMs + 1);
    await expect(container.read()).rejects.toBe(storeDown);
  });

  test('an empty memory is 503', async () => {
    dataset.down.store = storeDown;
    await expect(container.read()).rejects.toBe(storeDown);
  });

  test('memory that lacks a chunk that the answer needs counts as no memory', async () => {
    await container.read({ need: () => ({ kind: 'key', key: '1' }) });
    dataset.down.store = storeDown;
    dataset.clock.advance(freshForMs);
    const one = await container.read({ need: () => ({ kind: 'key', key: '1' }) });
    expect(one).toMatchObject({ stale: true });
    await expect(container.read()).rejects.toBe(storeDown);
  });

  test('a version in memory is served; any other version is 503', async () => {
    const { version } = await container.read();
    dataset.down.store = storeDown;
    dataset.clock.advance(freshForMs);
    expect(await container.read({ version })).toMatchObject({ stale: true, version });
    for (const other of [version - 1, version + 1])
      await expect(container.read({ version: other })).rejects.toBe(storeDown);
  });
});

describe('while chunks cannot be fetched', () => {
  beforeEach(async () => {
    await container.read();
    await dataset.publish({ rows: { topics: recordsOf(30, 'new') } });
    dataset.clock.advance(freshForMs);
    dataset.down.blobs = storeDown;
  });

  test('the last list continues to be served, with its own age', async () => {
    const served = await container.read();
    expect(textOf(served)).toBe(naiveBody('topics', recordsOf(30)));
    expect(served).toMatchObject({ stale: true, ageMs: freshForMs + 1 });
  });

  test('no older list is served than one that was', async () => {
    await container.read({ need: () => ({ kind: 'nothing' }) }); // adopts the new generation
    await expect(container.read()).rejects.toBe(storeDown);
  });

  test('a list that was made unreachable is not served', async () => {
    await dataset.amend(({ generation }) => ({ oldest: generation }));
    await expect(container.read()).rejects.toBe(storeDown);
  });

  test('a pinned generation is not replaced by another', async () => {
    const { generation: pin } = await dataset.publish({ rows: { topics: recordsOf(31) } });
    await dataset.amend(() => ({ pin }));
    await expect(container.read()).rejects.toBe(storeDown);
  });
});

describe('where there is a way without the store', () => {
  const alone = () => {
    const other = createTestDataset();
    const rows = { topics: recordsOf(7, 'of the database') };
    const own = other.alone(async () => published(await other.publish({ rows })));
    return { other, own };
  };

  test('a container without memory reads the table, and serves local versions', async () => {
    dataset.down.store = storeDown;
    const reading = dataset.container({ withoutStore: async () => alone().own });
    const served = await reading.read();
    expect(textOf(served)).toBe(naiveBody('topics', recordsOf(7, 'of the database')));
    expect(served).toMatchObject({ from: 'database', local: true, stale: false });
    expect(dataset.reported.names()).toContain('store.bypassed');
  });

  test('memory within the stale limit goes first, and the table is read past it', async () => {
    const reading = dataset.container({ withoutStore: async () => alone().own });
    await reading.read();
    dataset.down.store = storeDown;
    dataset.clock.advance(staleLimitMs);
    expect(await reading.read()).toMatchObject({ stale: true, local: false });
    dataset.clock.advance(1);
    expect(await reading.read()).toMatchObject({ local: true });
  });

  test('the table is read no more often than memory is fresh', async () => {
    dataset.down.store = storeDown;
    const { other, own } = alone();
    const reading = dataset.container({ withoutStore: async () => own });
    for (let times = 0; times < 5; times += 1) await reading.read();
    other.clock.advance(freshForMs);
    await reading.read();
    expect((await other.pointers.listArchived({ limit: 9 })).length).toBe(1); // two publications
  });

  test('where the database is down too, the error names the database', async () => {
    dataset.down.store = storeDown;
    const own = createTestDataset().alone(() => Promise.reject(databaseDown));
    const reading = dataset.container({ withoutStore: async () => own });
    await expect(reading.read()).rejects.toBe(databaseDown);
  });

  test('a version that a request names is nowhere else', async () => {
    dataset.down.store = storeDown;
    const reading = dataset.container({ withoutStore: async () => alone().own });
    await expect(reading.read({ version: 5 })).rejects.toBe(storeDown);
  });
});

test('a list is served whether or not the database is there', async () => {
  dataset.refresh = async () => {
    throw databaseDown;
  };
  expect(await container.read()).toMatchObject({ stale: false });
  expect(dataset.refreshes).toEqual([]);
});
