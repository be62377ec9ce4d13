import { describe, expect, test } from '@jest/globals';
import { unpack } from '../../lib/snapshots/chunk.ts';
import type { DatasetSource } from '../../lib/source/dataset-source.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { etagOf, feed } from '../fakes/modelled-source.ts';
import { createPublishing, once } from '../fakes/publishing.ts';
import { form, recordOf } from '../fakes/records.ts';
import { createTimeline } from '../model/timeline.ts';

/** A table of any size, read in pages. */
function sourceOf(rows: number, pageRows = 100): DatasetSource {
  const records = Array.from({ length: rows }, (_, at) =>
    recordOf(String(at).padStart(8, '0'), `a value of row ${at}`),
  );
  return {
    tables: [{ name: 'topics', form, mayLose: 1 }],
    async read({ known, begin }) {
      const sink = begin('topics');
      if ((known.get('topics') ?? []).length > 0) await feed(sink, records, known.get('topics') ?? []);
      else
        for (let from = 0; from < rows; from += pageRows)
          await sink.take(0, records.slice(from, from + pageRows));
      const table = { etag: etagOf(form, records), count: rows, unknownColumns: [] };
      return { snapshot: '7:7:', settled: [], tables: new Map([['topics', table]]) };
    },
    settled: async ({ pending }) => ({ settled: [], impossible: pending }),
  };
}
const sizes = { fillBytes: 2_000, mostBytes: 4_000 };

describe('a large first publication', () => {
  test('completes under throttling in several attempts, each of which resumes the one before', async () => {
    const service = createPublishing();
    let room = 0;
    service.around['blobs.put'] = async (proceed) => {
      if (room === 0) throw new StoreError('write a blob', new Error('ThrottlingException'));
      room -= 1;
      return proceed();
    };
    service.around['source.read'] = async (proceed) => {
      room += 7; // the puts that the store accepts during one attempt
      return proceed();
    };
    const { refresh } = service.container({ source: sourceOf(2_000), sizes });
    // The source is not wrapped here; each read of the pointer makes room.
    service.around['pointers.read'] = service.around['source.read'];
    service.around['source.read'] = undefined;
    const refreshed = await refresh({
      deadlineMs: service.clock.now() + 300_000,
      wait: false,
      lingerMs: 0,
    });
    expect(refreshed).toMatchObject({ outcome: 'published' });
    const chunks = (await service.stored()).length;
    expect(chunks).toBeGreaterThan(30);
    // Each attempt puts as much as the store accepts, then fails once.
    expect(service.count('blobs.put')).toBeLessThan(chunks + chunks / 7 + 10);
    expect(service.names().filter((name) => name === 'refresh.attempt_failed').length).toBeGreaterThan(3);
  });

  test('that met its deadline is resumed by the next invocation', async () => {
    const service = createPublishing();
    const { refresh, resume } = service.container({ source: sourceOf(2_000), sizes });
    let room = 20;
    service.around['blobs.put'] = async (proceed) => {
      if (room === 0) throw new StoreError('write a blob', new Error('ThrottlingException'));
      room -= 1;
      return proceed();
    };
    const deadlineMs = service.clock.now() + 50;
    await expect(refresh({ deadlineMs, wait: false, lingerMs: 0 })).rejects.toThrow(StoreError);
    expect(await service.stored()).toHaveLength(20);
    room = 1_000;
    const puts = service.count('blobs.put');
    service.clock.advance(60_000);
    expect(await resume({ deadlineMs: service.clock.now() + 30_000 })).toMatchObject({
      outcome: 'published',
    });
    expect(service.count('blobs.put') - puts).toBe((await service.stored()).length - 20);
  });

  test('holds a bounded number of chunks for a table of any size', async () => {
    const service = createPublishing();
    let under = 0;
    let most = 0;
    service.around['blobs.put'] = async (proceed) => {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      return proceed();
    };
    const { refresh } = service.container({ source: sourceOf(5_000), sizes, putsAtOnce: 4 });
    await refresh({ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 });
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect((await service.stored()).length).toBeGreaterThan(80);
  });

  test('is read back as it was, through segments; one changed row then costs one chunk and one segment a level', async () => {
    const service = createPublishing();
    const { refresh } = service.container({ source: sourceOf(10_000), sizes });
    const go = () => refresh({ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 });
    await go();
    const [entry] = (await service.pointer()).tables['topics'] ?? [];
    expect(entry?.manifest.level).toBeGreaterThanOrEqual(1);
    expect((await service.published())?.split('},{')).toHaveLength(10_000);
    const puts = service.count('blobs.put');
    expect(await go()).toMatchObject({ outcome: 'unchanged' });
    expect(service.count('blobs.put')).toBe(puts);
  });

  test('fails at once where the store is down from the start', async () => {
    const service = createPublishing();
    service.around['blobs.put'] = async () => {
      throw new StoreError('write a blob', new Error('no answer'));
    };
    const startMs = service.clock.now();
    await expect(service.refresh()).rejects.toThrow(StoreError);
    expect(service.clock.now()).toBe(startMs);
  });
});

describe('a chunk that is missing', () => {
  async function broken() {
    const service = createPublishing();
    await service.refresh();
    const [ref] = (await service.pointer()).tables['topics']?.[0]?.manifest.refs ?? [];
    const seen = (await service.blobs.scan(undefined)).seen.find(({ hash }) => hash === ref?.hash);
    if (seen === undefined) throw new Error('nothing is published');
    await service.blobs.deleteSeen(seen);
    service.calls.length = 0;
    return { service, hash: seen.hash };
  }
  const request = { wait: true, lingerMs: 0 };

  test('costs 30 containers one repair: one read of its rows, one put', async () => {
    const { service, hash } = await broken();
    const { clock, run } = createTimeline();
    const outcomes: string[] = [];
    const container = () => async () => {
      const { refresh } = service.container({ clock });
      const refreshed = await refresh({ ...request, deadlineMs: clock.now() + 28_000, repair: [hash] });
      outcomes.push(refreshed.outcome);
    };
    await run(Array.from({ length: 30 }, container));
    expect(service.count('source.read')).toBe(1);
    expect(service.count('blobs.put')).toBe(1);
    expect(await service.published()).toBe(service.truth());
    expect(outcomes.filter((outcome) => outcome === 'coalesced')).toHaveLength(29);
    expect(await service.requests.read()).toMatchObject({ requested: 1, served: 1, lease: undefined });
  });

  test('is put again although the pointer names it, without any other chunk', async () => {
    const { service, hash } = await broken();
    const before = await service.pointer();
    expect(await service.refresh({ ...request, repair: [hash] })).toMatchObject({ outcome: 'unchanged' });
    expect(service.count('blobs.put')).toBe(1);
    expect((await service.pointer()).tables['topics']?.[0]?.manifest).toEqual(
      before.tables['topics']?.[0]?.manifest,
    );
  });

  test('that is there and corrupt is repaired as well', async () => {
    const { service, hash } = await broken();
    await service.blobs.put(
      { hash, body: Buffer.from('not what was stored, and long enough for a seal') },
      0,
    );
    await service.refresh({ ...request, repair: [hash] });
    const [blob] = await service.blobs.read([hash]);
    expect(blob && unpack(blob).open().records.toString()).toContain('"id"');
  });

  test('is recorded where another has the lease to the end: the caller may read the table itself', async () => {
    const { service, hash } = await broken();
    await service.leaseTaken(60_000);
    expect(await service.refresh({ ...request, repair: [hash] })).toEqual({ outcome: 'recorded' });
    expect(service.count('source.read')).toBe(0);
  });

  test('a segment that is missing has the table read whole, and stored again', async () => {
    const service = createPublishing();
    const { refresh } = service.container({ source: sourceOf(5_000), sizes });
    const go = (repair: string[] = []) =>
      refresh({ ...request, deadlineMs: service.clock.now() + 30_000, repair });
    await go();
    const [entry] = (await service.pointer()).tables['topics'] ?? [];
    const [ref] = entry?.manifest.refs ?? [];
    const seen = (await service.blobs.scan(undefined)).seen.find(({ hash }) => hash === ref?.hash);
    if (entry === undefined || seen === undefined) throw new Error('there is no segment');
    const before = await service.published();
    await service.blobs.deleteSeen(seen);
    expect(await go([seen.hash])).toMatchObject({ outcome: 'unchanged' });
    expect(await service.published()).toBe(before);
  });
});

test('a put that is refused has the pointer read again: a sweep has begun', async () => {
  const service = createPublishing();
  await service.refresh();
  service.change();
  once(service.around, 'blobs.put', async () => false);
  service.calls.length = 0;
  await service.refresh();
  expect(service.calls.filter((call) => call === 'pointers.read' || call === 'source.read')).toEqual([
    ...['pointers.read', 'source.read', 'pointers.read', 'source.read'],
  ]);
  expect(await service.published()).toBe(service.truth());
});
