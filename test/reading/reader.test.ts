import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Need } from '../../lib/reading/need.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { intercept } from '../fakes/intercept.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { categories } from '../support/tables/categories.ts';
import {
  createTestDataset,
  freshForMs,
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

describe('memory', () => {
  test('is not revalidated while fresh, by any table; its age counts from the request to the store', async () => {
    const rows = { topics: recordsOf(3), categories: recordsOf(2) };
    await dataset.publish({ rows });
    await container.read();
    await container.read({ table: categories });
    await dataset.publish({ rows: { topics: recordsOf(4) } });
    dataset.count('read');
    dataset.clock.advance(freshForMs - 2);
    expect(await container.read()).toMatchObject({
      from: 'memory',
      ageMs: freshForMs - 1,
      entry: { count: 3 },
    });
    expect(await container.read({ table: categories })).toMatchObject({ from: 'memory' });
    expect(dataset.count('read')).toBe(0);
  });

  test('is revalidated when stale, and only changed chunks are fetched', async () => {
    const rows = recordsOf(100);
    const pointer = await dataset.publish({ rows: { topics: rows } });
    await container.read();
    expect(pointer.tables['topics']?.[0]?.manifest.level).toBeGreaterThan(0);
    const all = dataset.fetched().length;
    const changed = rows.map((record, at) => (at === 20 ? recordOf(record.key, 'A VALUE') : record));
    await dataset.publish({ rows: { topics: changed } });
    dataset.clock.advance(freshForMs);
    const served = await container.read();
    expect(textOf(served)).toBe(naiveBody('topics', changed));
    expect(served).toMatchObject({ from: 'store', ageMs: 0 });
    expect(dataset.fetched().length).toBeLessThan(all / 4);
  });

  test('is revalidated when the clock has gone back', async () => {
    await dataset.publish({ rows: { topics: recordsOf(1) } });
    await container.read();
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    dataset.clock.advance(-300_000);
    expect(await container.read()).toMatchObject({ entry: { count: 2 }, ageMs: 0 });
  });

  test('that is still published is served without a fetch', async () => {
    await dataset.publish({ rows: { topics: recordsOf(3) } });
    await container.read();
    dataset.fetched();
    dataset.clock.advance(freshForMs);
    expect(await container.read()).toMatchObject({ from: 'memory', ageMs: 0 });
    expect(dataset.fetched()).toEqual([]);
  });

  test('takes over the moment of the same generation: a transaction that it includes is not refused', async () => {
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(3) }, snapshot: '700:700:' });
    await container.read();
    await dataset.amend(({ tables }) => ({
      tables: { topics: (tables['topics'] ?? []).map((entry) => ({ ...entry, snapshot: '800:800:' })) },
    }));
    expect(await container.read({ transactionId: '750' })).toMatchObject({ version: generation });
  });

  test('keeps a whole list as it was made, while the content is the same', async () => {
    const rows = { topics: recordsOf(30) };
    await dataset.publish({ rows });
    const { payload } = await container.read();
    const [one, other] = await Promise.all([payload('gzip'), payload('gzip')]);
    expect(one).toBe(other);
    await dataset.publish({ rows: { ...rows, categories: recordsOf(1) } });
    dataset.clock.advance(freshForMs);
    expect(await (await container.read()).payload('gzip')).toBe(one);
  });

  test('is bounded: an evicted chunk is fetched again', async () => {
    const rows = { topics: recordsOf(40) };
    await dataset.publish({ rows });
    const small = dataset.container({ memoryBytes: 400 });
    for (let times = 0; times < 5; times += 1)
      expect(textOf(await small.read())).toBe(naiveBody('topics', rows.topics));
    expect(dataset.fetched().length).toBeGreaterThan(40);
  });
});

describe('the chunks that an answer needs', () => {
  const needs: fc.Arbitrary<Need> = fc.oneof(
    fc.constant<Need>({ kind: 'whole' }),
    fc.constant<Need>({ kind: 'nothing' }),
    fc.record({ kind: fc.constant('key'), key: fc.integer({ min: -2, max: 130 }).map(String) }),
    fc.record({
      kind: fc.constant('after'),
      after: fc.option(fc.integer({ min: -2, max: 130 }).map(String), { nil: undefined }),
      limit: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ kind: fc.constant('positions'), from: fc.nat(70), to: fc.nat(70) }),
  );

  test('are enough for it, however the manifest is cut', async () => {
    const sizes = fc.record({ chunkBytes: fc.integer({ min: 1, max: 600 }), manifestBytes: fc.nat(3_000) });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.nat(60),
        fc.array(needs, { minLength: 1, maxLength: 4 }),
        async (of, count, asked) => {
          const own = createTestDataset(of);
          const rows = Array.from({ length: count }, (_, at) => recordOf(String(at * 2), 'é'.repeat(at % 7)));
          await own.publish({ rows: { topics: rows } });
          const reader = own.container();
          for (const need of asked) {
            const served = await reader.read({ need: () => need });
            expect(served.entry.count).toBe(count);
            const { kind } = need;
            if (kind === 'nothing') expect(served.runs).toEqual([]);
            if (kind === 'whole') expect(textOf(served)).toBe(naiveBody('topics', rows));
            if (kind === 'key')
              expect(served.record(need.key)?.toString()).toBe(
                rows.find(({ key }) => key === need.key)?.json,
              );
            if (kind === 'positions')
              expect(served.between(need).toString()).toBe(
                naiveBody('topics', rows.slice(need.from, need.to)),
              );
            if (kind === 'after') {
              const { after = '-1', limit } = need;
              const rest = rows.filter(({ key }) => Number(key) > Number(after));
              const page = served.page(need);
              expect(page.body.toString()).toBe(naiveBody('topics', rest.slice(0, limit)));
              expect(page.nextAfter).toBe(rest.length > limit ? rest[limit - 1]?.key : undefined);
            }
          }
        },
      ),
    );
  });

  test('are those of the record, of the page, and none for nothing', async () => {
    await dataset.publish({ rows: { topics: recordsOf(100) } });
    const chunks = async (need: Need) => {
      dataset.fetched();
      const { runs } = await dataset.container().read({ need: () => need });
      return runs.length;
    };
    const all = await chunks({ kind: 'whole' });
    expect(await chunks({ kind: 'nothing' })).toBe(0);
    expect(dataset.fetched()).toEqual([]);
    expect(await chunks({ kind: 'key', key: '50' })).toBe(1);
    expect(dataset.fetched().length).toBeLessThan(6);
    expect(await chunks({ kind: 'after', after: '50', limit: 2 })).toBeLessThan(5);
    expect(all).toBeGreaterThan(20);
  });

  test('are fetched once, however many requests want them at once', async () => {
    await dataset.publish({ rows: { topics: recordsOf(50), categories: recordsOf(5) } });
    const reads = Array.from({ length: 64 }, (_, at) => container.read(at % 2 ? {} : { table: categories }));
    await Promise.all(reads);
    const fetched = dataset.calls.flatMap(({ method, args }) => (method === 'blobs' ? args.flat(2) : []));
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(dataset.count('read')).toBe(1);
  });

  test('are found where the tables have a blob of their own', async () => {
    await dataset.publish({ rows: { topics: recordsOf(5) }, hasRoot: true });
    expect(textOf(await container.read())).toBe(naiveBody('topics', recordsOf(5)));
  });
});

describe('one question at a time', () => {
  test('is shared by the requests that arrive while it is in progress', async () => {
    await dataset.publish({ rows: { topics: recordsOf(1) } });
    await Promise.all([container.read(), container.read(), container.read()]);
    expect(dataset.count('read')).toBe(1);
  });

  test('never answers a request with no-cache that came after it was put', async () => {
    await dataset.publish({ rows: { topics: recordsOf(1) } });
    const { promise, resolve } = Promise.withResolvers<void>();
    dataset.down.slow = promise;
    const plain = container.read();
    const anew = [container.read({ noCache: true }), container.read({ noCache: true })];
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    resolve();
    expect(await plain).toMatchObject({ entry: { count: 1 } });
    for (const served of await Promise.all(anew)) expect(served.entry.count).toBe(2);
    expect(dataset.count('read')).toBe(2); // one read for both requests
  });

  test('is put at once for no-cache, however young memory is', async () => {
    await dataset.publish({ rows: { topics: recordsOf(1) } });
    await container.read();
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    expect(await container.read({ noCache: true })).toMatchObject({ entry: { count: 2 }, ageMs: 0 });
  });
});

describe('a state that a refresh in this container has published', () => {
  test('is served without a question, and its blobs are not read back', async () => {
    await dataset.publish({ rows: { topics: recordsOf(30) } });
    await container.read();
    const sinceMs = dataset.clock.now();
    const pointer = await dataset.publish({ rows: { topics: recordsOf(30, 'new') } });
    for (const blob of await dataset.stored()) container.offer(blob);
    dataset.calls.splice(0);
    await container.adopt(published(pointer), sinceMs);
    dataset.clock.advance(freshForMs * 5);
    const served = await container.read({ notBeforeMs: sinceMs });
    expect(textOf(served)).toBe(naiveBody('topics', recordsOf(30, 'new')));
    expect(dataset.calls).toEqual([]);
  });

  test('is no answer where memory has a later generation', async () => {
    const pointer = await dataset.publish({ rows: { topics: recordsOf(1) } });
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    await container.read();
    await container.adopt(published(pointer), dataset.clock.now());
    expect(await container.read()).toMatchObject({ entry: { count: 2 } });
  });

  test('is not replaced by the answer to a question that was put before', async () => {
    await dataset.publish({ rows: { topics: recordsOf(1) } });
    const { promise, resolve } = Promise.withResolvers<void>();
    dataset.down.slow = promise;
    const plain = container.read();
    const pointer = await dataset.publish({ rows: { topics: recordsOf(2) } });
    await container.adopt(published(pointer), dataset.clock.now());
    resolve();
    await plain;
    expect(await container.read()).toMatchObject({ entry: { count: 2 } });
  });
});

describe('a pinned generation', () => {
  test('is answered at once when it is asked about, and what was published behind it after unpinning', async () => {
    const { generation: pin } = await dataset.publish({ rows: { topics: recordsOf(1) } });
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    await container.read();
    await dataset.amend(() => ({ pin }));
    const pinned = { version: pin, pinned: true, entry: { count: 1 } };
    expect(await container.read({ noCache: true })).toMatchObject(pinned);
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(3) } });
    expect(await container.read({ noCache: true })).toMatchObject(pinned);
    await dataset.amend(({ pin: _, ...rest }) => ({ ...rest, pin: undefined }));
    expect(await container.read({ noCache: true })).toMatchObject({ version: generation, pinned: false });
  });

  test('that is unpinned and swept after the pointer was read is not an error: the pointer is read again', async () => {
    const { generation: pin } = await dataset.publish({ rows: { topics: recordsOf(1) }, hasRoot: true });
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(2) } });
    for (const deleted of ['generation', 'root'] as const) {
      await dataset.amend(() => ({ pin }));
      const archived = await dataset.pointers.readArchived(pin);
      if (archived?.root === undefined) throw new TypeError('the pinned generation has a root');
      const racing = dataset.container({
        pointers: intercept(dataset.pointers, async ({ method }, proceed) => {
          if (method === 'readArchived') {
            await dataset.amend(() => ({ pin: undefined }));
            if (deleted === 'generation') await dataset.pointers.deleteArchived(pin);
            else dataset.damaged.set(String(archived.root), 'missing');
          }
          return proceed();
        }),
      });
      expect(await racing.read()).toMatchObject({ version: generation, pinned: false, stale: false });
      await dataset.pointers.archive(archived);
    }
    expect(dataset.refreshes).toEqual([]);
  });

  test('whose blobs are missing is repaired or reported as that, even if the pointer cannot be read again', async () => {
    const { root } = await dataset.publish({ rows: { topics: recordsOf(1) }, hasRoot: true });
    dataset.damaged.set(String(root), 'missing');
    let reads = 0;
    const refused = dataset.container({
      pointers: intercept(dataset.pointers, async (_, proceed) => {
        reads += 1;
        if (reads % 2 === 0) throw new StoreError('GetItem', new Error('throttled'));
        return proceed();
      }),
    });
    dataset.refresh = async () => published(await dataset.publish({ rows: { topics: recordsOf(2) } }));
    expect(await refused.read()).toMatchObject({ entry: { count: 2 } });
    expect(dataset.refreshes).toHaveLength(1);
  });

  test('that is missing while it is pinned is an error, which asks an operator to unpin it', async () => {
    const { generation: pin } = await dataset.publish({ rows: { topics: recordsOf(1) } });
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    await dataset.amend(() => ({ pin }));
    await dataset.pointers.deleteArchived(pin);
    await expect(container.read()).rejects.toMatchObject({
      code: 'snapshot_broken',
      message: `Generation ${pin} is pinned, but no longer stored: unpin it.`,
    });
  });

  test('waits for no transaction: that is an error that does not pass by itself', async () => {
    const { generation: pin } = await dataset.publish({ rows: { topics: recordsOf(1) } });
    await dataset.amend(() => ({ pin }));
    await expect(container.read({ transactionId: '7' })).rejects.toMatchObject({ code: 'pinned' });
  });

  test('of another form is not served, and causes no refresh', async () => {
    const { generation: pin } = await dataset.publish({
      rows: { topics: recordsOf(1) },
      form: 'x'.repeat(43),
    });
    await dataset.publish({ rows: { topics: recordsOf(2) } });
    await dataset.amend(() => ({ pin }));
    await expect(container.read()).rejects.toMatchObject({ code: 'pinned_form' });
    expect(dataset.refreshes).toEqual([]);
  });
});
