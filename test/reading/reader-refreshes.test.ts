import { beforeEach, describe, expect, test } from '@jest/globals';
import { CodedError, UnavailableError } from '../../lib/errors.ts';
import { errorReply } from '../../lib/http/reply.ts';
import type { Refreshed, RefreshRequest } from '../../lib/reading/refresher.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { naiveBody } from '../fakes/records.ts';
import { categories } from '../support/tables/categories.ts';
import { topics } from '../support/tables/topics.ts';
import {
  createTestDataset,
  freshForMs,
  otherForm,
  published,
  recordsOf,
  type TestDataset,
  textOf,
} from './test-dataset.ts';

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;

beforeEach(() => {
  dataset = createTestDataset();
  container = dataset.container();
});

const databaseDown = new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs: 1_000 });
const rows = { topics: recordsOf(5), categories: recordsOf(2) };
const publishes = (change = { rows }) => {
  dataset.refresh = async () => published(await dataset.publish(change));
};
const caughtUp = [{ catchUp: true }];

describe('without a published entry of the deployed form', () => {
  test('concurrent requests share one read of the tables', async () => {
    publishes();
    const served = await Promise.all([
      container.read(),
      container.read(),
      container.read({ table: categories }),
    ]);
    for (const one of served) expect(one).toMatchObject({ from: 'database' });
    expect(dataset.refreshes).toEqual(caughtUp);
  });

  test('an entry of another form is not served', async () => {
    await dataset.publish({ rows: { topics: recordsOf(9, 'private') }, form: otherForm });
    publishes();
    expect(textOf(await container.read())).toBe(naiveBody('topics', rows.topics));
  });

  test('the store is polled while another container refreshes', async () => {
    dataset.refresh = async () => {
      const pointer = await dataset.publish({ rows });
      return published(pointer, { outcome: 'coalesced' });
    };
    expect(await container.read()).toMatchObject({ entry: { count: 5 } });
  });

  test('a refresh that another container is still at is 503, and not waited for again at once', async () => {
    dataset.refresh = async () => ({ outcome: 'recorded' });
    for (let times = 0; times < 3; times += 1)
      await expect(container.read()).rejects.toMatchObject({ code: 'refresh_pending', retryAfterMs: 2_000 });
    expect(dataset.refreshes).toHaveLength(1);
  });

  test('an unresponsive database is tried once per interval, with exponential backoff', async () => {
    dataset.refresh = async () => {
      throw databaseDown;
    };
    const tries: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      await expect(container.read()).rejects.toBe(databaseDown);
      if (dataset.refreshes.splice(0).length > 0) tries.push(second);
      dataset.clock.advance(1_000);
    }
    expect(tries).toEqual([0, 1, 3, 7]);
  });

  test.each([
    ['locked', 503],
    ['lasting', 500],
  ] as const)('a table that was left out (%s) answers why', async (reason, status) => {
    const error = new CodedError('a_reason', 'A plain sentence.');
    dataset.refresh = async () =>
      published(await dataset.publish({ rows: { categories: recordsOf(2) } }), {
        leftOut: new Map([['topics', { reason, error }]]),
      });
    const failed = await container.read().catch((error: unknown) => errorReply(error));
    expect(failed).toMatchObject({ statusCode: status, body: expect.stringContaining('a_reason') });
    expect(await container.read({ table: categories })).toMatchObject({ entry: { count: 2 } });
  });
});

describe('where the entry of another form is ahead', () => {
  beforeEach(async () => {
    await dataset.publish({ rows, request: 'i 1' });
    await container.read();
    await dataset.publish({ rows: { topics: recordsOf(6) }, form: otherForm, request: 'i 2' });
    dataset.clock.advance(freshForMs);
  });

  test('one refresh that records no request catches up', async () => {
    dataset.refresh = async () =>
      published(await dataset.publish({ rows: { topics: recordsOf(6) }, request: 'i 2' }));
    for (let times = 0; times < 3; times += 1) {
      expect(await container.read()).toMatchObject({ entry: { count: 6 } });
      dataset.clock.advance(freshForMs);
    }
    expect(dataset.refreshes).toEqual(caughtUp);
  });

  test('a list that cannot catch up is served as stale, and retries back off', async () => {
    dataset.refresh = async () => {
      throw databaseDown;
    };
    for (let second = 0; second < 10; second += 1) {
      expect(await container.read()).toMatchObject({ entry: { count: 5 }, stale: true });
      dataset.clock.advance(1_000);
    }
    expect(dataset.refreshes).toHaveLength(4);
  });

  test('a table that was left out tries again less and less often', async () => {
    const error = new CodedError('table_locked', 'The table is locked.');
    dataset.refresh = async () =>
      published(await dataset.publish({ rows: { categories: recordsOf(2) }, request: 'i 2' }), {
        leftOut: new Map([['topics', { reason: 'locked', error }]]),
      });
    for (let second = 0; second < 10; second += 1) {
      expect(await container.read()).toMatchObject({ entry: { count: 5 }, stale: true });
      dataset.clock.advance(1_000);
    }
    expect(dataset.refreshes).toHaveLength(4);
  });

  test('a table that no refresh brings up to date is not refreshed at each request', async () => {
    dataset.refresh = async () => published(await dataset.amend(() => ({})), { outcome: 'coalesced' });
    for (let times = 0; times < 5; times += 1)
      expect(await container.read()).toMatchObject({ entry: { count: 5 }, stale: true });
    expect(dataset.refreshes).toHaveLength(1);
  });

  test('a table that the other form has not read again is not refreshed', async () => {
    expect(await container.read({ table: categories })).toMatchObject({ stale: false });
    expect(dataset.refreshes).toEqual([]);
  });
});

test('an entry is served although another form’s entry is older', async () => {
  await dataset.publish({ rows, form: otherForm, request: 'i 1' });
  await dataset.publish({ rows, request: 'i 2' });
  expect(await container.read()).toMatchObject({ stale: false });
  expect(dataset.refreshes).toEqual([]);
});

describe('a table that the last refresh has left out', () => {
  test('keeps its rows and version, and is served as frozen until the next read', async () => {
    const { generation } = await dataset.publish({ rows });
    await dataset.publish({ rows: { categories: recordsOf(3) }, frozen: ['topics'] });
    expect(await container.read()).toMatchObject({ frozen: true, version: generation, entry: { count: 5 } });
    expect(await container.read({ table: categories })).toMatchObject({ frozen: false, entry: { count: 3 } });
    await dataset.publish({ rows });
    expect(await container.read({ noCache: true })).toMatchObject({ frozen: false });
  });
});

describe('a blob of the current version that is missing or corrupt', () => {
  const damage = async (how: 'missing' | 'corrupt', which: (level: string) => boolean = () => true) => {
    const pointer = await dataset.publish({ rows: { topics: recordsOf(40) } });
    const [entry] = pointer.tables['topics'] ?? [];
    const hashes = (entry?.manifest.refs ?? []).map(({ hash }) => hash).filter(which);
    for (const hash of hashes.slice(0, 2)) dataset.damaged.set(hash, how);
    return { pointer, hashes: hashes.slice(0, 2) };
  };
  const current = async (): Promise<Refreshed> => {
    const pointer = await dataset.pointers.read();
    if (pointer === undefined) throw new TypeError('nothing is published');
    return published(pointer, { outcome: 'coalesced' });
  };
  const mends = ({ repair = [] }: RefreshRequest) => {
    for (const hash of repair) dataset.damaged.delete(hash);
    return current();
  };

  test.each(['missing', 'corrupt'] as const)('(%s) is repaired once for concurrent requests', async (how) => {
    const { hashes } = await damage(how);
    dataset.refresh = mends;
    const served = await Promise.all(Array.from({ length: 5 }, () => container.read()));
    for (const one of served) expect(textOf(one)).toBe(naiveBody('topics', recordsOf(40)));
    expect(dataset.refreshes).toMatchObject([{ wait: true, lingerMs: 0, repair: hashes }]);
    expect(dataset.refreshes).toHaveLength(1);
    expect(dataset.reported.names()).toContain('snapshot.broken');
  });

  test('is not repaired where the pointer has moved on meanwhile', async () => {
    await damage('missing');
    await container.read({ need: () => ({ kind: 'nothing' }) });
    await dataset.publish({ rows: { topics: recordsOf(40, 'new') } });
    expect(textOf(await container.read())).toBe(naiveBody('topics', recordsOf(40, 'new')));
    expect(dataset.refreshes).toEqual([]);
  });

  test('that cannot be repaired has the table read past the store', async () => {
    await damage('missing');
    dataset.refresh = current;
    const own = createTestDataset();
    const alone = own.alone(async () => published(await own.publish({ rows })));
    const reading = dataset.container({ withoutStore: async () => alone });
    expect(textOf(await reading.read())).toBe(naiveBody('topics', rows.topics));
    await expect(container.read()).rejects.toMatchObject({ code: 'snapshot_broken' });
  });

  test('of a pinned version is not repaired: the tables have other rows by now', async () => {
    const { pointer } = await damage('missing');
    await dataset.publish({ rows: { topics: recordsOf(3) } });
    await dataset.amend(() => ({ pin: pointer.generation }));
    await expect(container.read()).rejects.toMatchObject({ code: 'snapshot_broken' });
    expect(dataset.refreshes).toEqual([]);
  });
});

test('a store that fails during a refresh is a store that is down', async () => {
  dataset.refresh = async () => {
    throw new StoreError('record', new Error('no answer'));
  };
  const own = createTestDataset();
  const alone = own.alone(async () => published(await own.publish({ rows })));
  const reading = dataset.container({ withoutStore: async () => alone });
  expect(await reading.read({ table: topics })).toMatchObject({ local: true });
});
