import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { knownRuns } from '../../lib/publishing/known-runs.ts';
import { EpochError, type Published, publish } from '../../lib/publishing/publish.ts';
import type { Head, Version } from '../../lib/snapshots/head.ts';
import { createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { type SnapshotStore, StoreError } from '../../lib/stores/store.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { intercept, traced } from '../fakes/intercept.ts';
import { form, naiveBody, naiveEtag, recordOf, runsOf } from '../fakes/records.ts';
import { bodyIn } from '../fakes/stored-body.ts';

/** Every record is a chunk of its own. */
const tiny = { fillBytes: 1, mostBytes: 2 };
const records = ['a', 'b', 'c', 'd'].map((key) => recordOf(key, 0));
const changed = records.map((record) => (record.key === 'c' ? recordOf('c', 'new') : record));

describe('publish', () => {
  test('publishes the first content', async () => {
    const store = createMemoryStore();
    const { outcome, head, writtenBytes } = await put(store, records, { rank: 7, nowMs: 1_000 });
    expect(outcome).toBe('published');
    expect(writtenBytes).toBeGreaterThan(0);
    expect(head).toMatchObject({ epoch: 1, rank: 7, snapshot: '7:7:', count: 4, publishedAtMs: 1_000 });
    expect(head.etag).toBe(naiveEtag(records));
    expect(await store.readHead()).toEqual(head);
    expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', records));
  });

  test('publishes an empty table', async () => {
    const store = createMemoryStore();
    const { head } = await put(store, [], { rank: 7 });
    expect(head).toMatchObject({ count: 0, chunks: [], etag: naiveEtag([]) });
  });

  test('the same content at a later moment moves the moment, and nothing else', async () => {
    const store = createMemoryStore();
    const first = await put(store, records, { rank: 7, nowMs: 1_000 });
    const { port, calls } = traced(store);
    const { outcome, head, writtenBytes } = await put(port, records, { rank: 9, nowMs: 2_000 });
    expect(outcome).toBe('unchanged');
    expect(head).toEqual({ ...first.head, rank: 9, snapshot: '9:9:' });
    expect(writtenBytes).toBe(0);
    expect(chunksIn(calls, 'writeChunks')).toEqual([]);
    expect(chunksIn(calls, 'retireChunks')).toEqual([]);
  });

  test('one changed row writes one chunk, and retires one', async () => {
    const store = createMemoryStore();
    const first = await put(store, records, { rank: 7 });
    const { port, calls } = traced(store);
    const { outcome, head } = await put(port, changed, { rank: 8 });
    expect(outcome).toBe('published');
    expect(chunksIn(calls, 'writeChunks')).toHaveLength(1);
    expect(chunksIn(calls, 'retireChunks')).toEqual([first.head.chunks[2]?.hash]);
    expect(head.chunks[0]).toEqual(first.head.chunks[0]);
    expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', changed));
  });

  test('a chunk that was not read is named again, and neither written nor retired', async () => {
    const store = createMemoryStore();
    const first = await put(store, records, { rank: 7 });
    const { port, calls } = traced(store);
    const { head } = await put(port, [...changed, recordOf('e', 0)], { rank: 8 });
    expect(head.chunks.slice(0, 2)).toEqual(first.head.chunks.slice(0, 2));
    expect(chunksIn(calls, 'writeChunks')).toEqual([head.chunks[2]?.hash, head.chunks[4]?.hash]);
    expect(head.count).toBe(5);
  });

  test('has the table read again when a chunk that was not read is published no more', async () => {
    const store = createMemoryStore();
    const base = (await put(store, records, { rank: 7 })).head;
    const between = await put(store, changed, { rank: 8 });
    const known = knownRuns(base, { form, sizes: tiny, rewrite: false });
    const content = { form, etag: naiveEtag(records), version: { epoch: 1, rank: 9 }, snapshot: '9:9:' };
    const unread = { ...content, runs: runsOf(records, known) };
    expect(await publish(store, unread, base, { sizes: tiny, nowMs: 0 })).toBeUndefined();
    expect(await store.readHead()).toEqual(between.head);
  });

  test('writes the chunks before the head, and retires after it', async () => {
    const store = createMemoryStore();
    await put(store, records, { rank: 7 });
    const base = await store.readHead();
    const { port, calls } = traced(store);
    await put(port, changed, { rank: 8 }, base);
    expect(calls.map(({ method }) => method)).toEqual(['writeChunks', 'publish', 'retireChunks']);
  });

  test('is done when the head is written: an old chunk that cannot be retired stays, and is no failure', async () => {
    const store = createMemoryStore();
    await put(store, records, { rank: 7 });
    const broken: SnapshotStore = {
      ...store,
      retireChunks: () => Promise.reject(new StoreError('retire a chunk', new Error('throttled'))),
    };
    expect(await put(broken, changed, { rank: 8 })).toMatchObject({ outcome: 'published' });
    expect(await store.readHead()).toMatchObject({ rank: 8 });
  });

  test.each([
    ['the same moment', 8, 'unchanged'],
    ['a later moment', 9, 'superseded'],
  ])('leaves a snapshot of %s alone, which somebody published meanwhile', async (_, rank, outcome) => {
    const store = createMemoryStore();
    const base = (await put(store, records, { rank: 7 })).head;
    const { head } = await put(store, changed, { rank });
    expect(await put(store, changed, { rank: 8 }, base)).toMatchObject({ outcome, head });
    expect(await store.readHead()).toEqual(head);
  });

  test('publishes over an earlier snapshot that somebody published meanwhile', async () => {
    const store = createMemoryStore();
    const base = (await put(store, records, { rank: 7 })).head;
    await put(store, changed, { rank: 8 });
    const { outcome, head } = await put(store, records, { rank: 9 }, base);
    expect(outcome).toBe('published');
    expect(await store.readHead()).toEqual(head);
    // A chunk of the base that the one in between has retired is written again.
    expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', records));
  });

  test('publishes over whatever appears between any two of its calls', async () => {
    for (const method of ['writeChunks', 'publish']) {
      const store = createMemoryStore();
      await put(store, records, { rank: 7 });
      let rank = 7;
      const raced = intercept(store, async (call, proceed) => {
        rank += 1;
        if (call.method === method && rank <= 12) await put(store, rank % 2 ? records : changed, { rank });
        return proceed();
      });
      const { outcome } = await put(raced, changed, { rank: 100 }, await store.readHead());
      expect(['published', 'unchanged']).toContain(outcome);
      expect(await store.readHead()).toMatchObject({ rank: 100 });
      expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', changed));
    }
  });

  test('refuses content that was read after a later version was published: the counter has gone back', async () => {
    const store = createMemoryStore();
    await put(store, records, { rank: 70 });
    const failed = expect(put(store, changed, { rank: 7 })).rejects;
    await failed.toThrow(EpochError);
    await failed.toMatchObject({ code: 'epoch_outdated', message: expect.stringContaining('1.70') });
    expect(await store.readHead()).toMatchObject({ rank: 70 });
  });

  test('publishes any rank of a higher epoch', async () => {
    const store = createMemoryStore();
    await put(store, records, { rank: 70 });
    const { outcome, head } = await put(store, changed, { epoch: 2, rank: 7 });
    expect(outcome).toBe('published');
    expect(head).toMatchObject({ epoch: 2, rank: 7 });
  });

  describe('to rewrite', () => {
    test('writes every chunk again at a later moment', async () => {
      const store = createMemoryStore();
      const { head } = await put(store, records, { rank: 7 });
      const { port, calls } = traced(store);
      expect((await put(port, records, { rank: 8, rewrite: true })).outcome).toBe('unchanged');
      expect(chunksIn(calls, 'writeChunks').sort()).toEqual(head.chunks.map(({ hash }) => hash).sort());
    });

    test.each([
      ['the same', tiny],
      ['other', { fillBytes: 1_000, mostBytes: 2_000 }],
    ])(
      'at the same moment, with %s sizes, writes what the head names and leaves the head',
      async (_, sizes) => {
        const store = createMemoryStore();
        const { head } = await put(store, records, { rank: 7 });
        const hashes = head.chunks.map(({ hash }) => hash);
        await store.retireChunks(hashes, { epoch: 1, rank: 8 });
        expect(await store.readChunks(hashes)).toEqual([]);

        expect(await put(store, records, { rank: 7, rewrite: true, sizes })).toMatchObject({
          outcome: 'unchanged',
          head,
        });
        expect(await store.readHead()).toEqual(head);
        expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', records));
      },
    );
  });

  test('what is published is what was read, whatever was published before', async () => {
    const contents = fc.array(
      fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(3)), { selector: ([key]) => key, maxLength: 10 }),
      { maxLength: 8 },
    );
    const sizes = fc
      .integer({ min: 1, max: 100 })
      .map((fillBytes) => ({ fillBytes, mostBytes: 2 * fillBytes }));
    await fc.assert(
      fc.asyncProperty(contents, sizes, async (contents, sizes) => {
        const store = createMemoryStore();
        let before: Head | undefined;
        for (const [rank, rows] of contents.entries()) {
          const records = rows.sort(([a], [b]) => a - b).map(([key, value]) => recordOf(String(key), value));
          const { outcome, head } = await put(store, records, { rank, sizes });
          expect(outcome).toBe(before?.etag === head.etag ? 'unchanged' : 'published');
          expect(await bodyIn(store, 'topics')).toBe(naiveBody('topics', records));
          before = head;
        }
      }),
      { numRuns: 50 },
    );
  });
});

async function put(
  store: SnapshotStore,
  records: readonly StoredRecord[],
  {
    epoch = 1,
    rank,
    nowMs = 0,
    rewrite = false,
    sizes = tiny,
  }: Partial<Version> & { rank: number; nowMs?: number; rewrite?: boolean; sizes?: typeof tiny },
  base?: Head | undefined,
): Promise<Published> {
  const over = base ?? (await store.readHead());
  const runs = runsOf(records, knownRuns(over, { form, sizes, rewrite }));
  const moment = { version: { epoch, rank }, snapshot: `${rank}:${rank}:` };
  const published = await publish(store, { runs, form, etag: naiveEtag(records), ...moment }, over, {
    ...{ sizes, nowMs, rewrite },
  });
  // Chunks that were not read are gone: the table is read again.
  return published ?? put(store, records, { epoch, rank, nowMs, rewrite, sizes });
}

/** The hashes that went into calls of the method. */
function chunksIn(calls: readonly { method: string; args: readonly unknown[] }[], method: string) {
  return calls
    .filter((call) => call.method === method)
    .flatMap(({ args: [chunks] }) => (Array.isArray(chunks) ? chunks : []))
    .map((chunk: unknown) =>
      typeof chunk === 'object' && chunk !== null && 'hash' in chunk ? String(chunk.hash) : String(chunk),
    );
}
