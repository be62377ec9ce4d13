import { beforeEach, describe, expect, test } from '@jest/globals';
import { accept, forget, pin, reset } from '../../lib/publishing/operator.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { createPublishing, frozenAt, type Publishing } from '../fakes/publishing.ts';

const hourMs = 3_600_000;
let service: Publishing;
beforeEach(async () => {
  // After two changes a row has its first value again, so the same blob recurs.
  service = createPublishing({
    database: createModelledDatabase({ tables: { topics: ['1', '2'], tags: ['1'] }, period: 2 }),
  });
  await service.refresh();
});

const publish = async (rows = ['1'], ms = 1_000) => {
  service.clock.advance(ms);
  service.change(rows);
  await service.refresh();
};
/** A publisher in another container, after the previous lease has expired. */
const another = async () => {
  service.clock.advance(31_000);
  const { refresh } = service.container();
  await refresh({ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 });
  service.clock.advance(-31_000); // a frozen publisher has time left when it continues
};
async function everythingIsThere() {
  const { generation, oldest } = await service.pointer();
  expect(await service.published()).toBe(service.truth());
  for (const kept of await service.pointers.listArchived({ before: generation, limit: 100 }))
    if (kept.generation >= oldest)
      expect((await service.published('topics', kept.generation)) ?? 'empty').not.toContain('MISSING');
}

describe('a sweep', () => {
  test('deletes blobs that no kept generation names, and generations older than the history', async () => {
    await publish();
    await publish();
    const before = (await service.stored()).length;
    expect(await service.sweep()).toMatchObject({ outcome: 'done', deletedBlobs: 0, deletedGenerations: 0 });
    service.clock.advance(2 * hourMs);
    await publish(['2']);
    expect(await service.sweep()).toMatchObject({ outcome: 'done', deletedGenerations: 2 });
    await everythingIsThere();
    expect((await service.stored()).length).toBeLessThanOrEqual(before);
    const [kept] = await service.pointers.listArchived({ limit: 10 });
    expect((await service.pointer()).oldest).toBe(kept?.generation);
  });

  test('deletes the blobs of a killed publisher and of one that lost its compare-and-set', async () => {
    const dead = frozenAt(service.around, 'pointers.replace');
    service.change(['1', '2']);
    void service.refresh(); // stays frozen
    await dead.isReached;
    service.change(['1', '2']); // the first value again: the stored blob is garbage
    await another();
    const { tables } = await service.pointer();
    await service.sweep();
    await service.sweep();
    const named = Object.values(tables).flatMap((entries) =>
      entries.flatMap(({ manifest }) => manifest.refs.map(({ hash }) => hash)),
    );
    expect(await service.stored()).toEqual([...new Set(named)].sort());
  });

  test('makes a publisher that put blobs before it read the pointer again; a late put lowers no sweep number', async () => {
    service.change();
    const late = frozenAt(service.around, 'blobs.put'); // has read the pointer, and the tables
    const first = service.refresh();
    await late.isReached;
    const sweeping = frozenAt(service.around, 'blobs.scan'); // has begun and marked the named blobs
    const sweep = service.sweep();
    await sweeping.isReached;
    await another(); // puts the same chunk with the new number
    late.goOn(); // and puts it with the old one
    await first;
    sweeping.goOn();
    await sweep;
    await everythingIsThere();
  });

  test('has a publisher that stood still for hours read again', async () => {
    const late = frozenAt(service.around, 'pointers.archive');
    service.change();
    const first = service.refresh();
    await late.isReached;
    service.clock.advance(2 * hourMs);
    await service.sweep();
    await service.sweep();
    const reads = service.count('source.read');
    service.clock.advance(-2 * hourMs);
    late.goOn();
    await first;
    expect(service.count('source.read')).toBe(reads + 1);
    await everythingIsThere();
  });

  test('that resumes deletes below its own number, not below a newer sweep’s', async () => {
    expect(await service.sweep(undefined, service.clock.now())).toMatchObject({ outcome: 'unfinished' });
    const { progress } = await service.sweep(undefined, service.clock.now());
    service.change();
    const late = frozenAt(service.around, 'pointers.replace');
    const first = service.refresh();
    await late.isReached; // its blobs have this sweep's number
    const { sweep } = await service.pointer();
    expect(progress?.number).toBe(sweep);
    const resumed = service.sweep(progress);
    late.goOn();
    await first;
    await resumed;
    await everythingIsThere();
    // The next sweep has begun, and no publication has followed: it deletes only blobs with a lower number.
    await service.sweep(undefined, service.clock.now());
    await service.sweep(progress);
    await everythingIsThere();
  });

  test('keeps the blobs of a held table, which only the pointer names', async () => {
    const { refresh } = service.container({ mayLose: 0 });
    const go = () => refresh({ deadlineMs: service.clock.now() + 1_000, wait: false, lingerMs: 0 });
    service.database.commit(service.database.begin(['1'], { empties: 'topics' }));
    expect(await go()).toMatchObject({ held: ['topics'] });
    await service.sweep();
    await service.sweep();
    await accept(service.operating, 'topics');
    expect(await service.published()).toBe(service.truth());
  });

  test('has an archive that a late publisher wrote replaced: its root may be deleted', async () => {
    const tight = createPublishing({ pointerBytes: 400 });
    await tight.refresh();
    const late = frozenAt(tight.around, 'pointers.archive');
    tight.change();
    const first = tight.refresh(); // would replace a revision of the first generation
    await late.isReached;
    const stale = await tight.pointer();
    tight.clock.advance(31_000);
    tight.database.crash(1); // the same rows as before: the same generation at another moment, in another root
    const other = tight.container();
    await other.refresh({ deadlineMs: tight.clock.now() + 30_000, wait: false, lingerMs: 0 });
    await tight.sweep();
    expect(await tight.blobs.read([stale.root ?? ''])).toEqual([]);
    tight.clock.advance(-31_000);
    tight.change();
    late.goOn(); // archives the revision with the deleted root, loses, and reads again
    await first;
    expect((await tight.pointer()).generation).toBeGreaterThan(stale.generation);
    expect(await tight.published('topics', stale.generation)).not.toContain('MISSING');
    expect(await tight.sweep()).toMatchObject({ outcome: 'done' });
  });

  test('deletes no blob where a manifest cannot be read', async () => {
    const tight = createPublishing({ pointerBytes: 400 });
    await tight.refresh();
    tight.change();
    tight.clock.advance(1_000);
    await tight.refresh();
    const [old] = await tight.pointers.listArchived({ limit: 1 });
    const seen = (await tight.blobs.scan(undefined)).seen.find(({ hash }) => hash === old?.root);
    if (seen === undefined) throw new Error('there is no root');
    await tight.blobs.deleteSeen(seen);
    const before = await tight.stored();
    expect(await tight.sweep()).toMatchObject({ outcome: 'broken', deletedBlobs: 0 });
    expect(await tight.stored()).toEqual(before);
    expect(tight.names()).toContain('sweep.broken');
  });

  test('keeps generations replaced within the history, of any publication time', async () => {
    const first = (await service.pointer()).generation;
    service.clock.advance(5 * hourMs);
    await publish();
    service.clock.advance(hourMs / 2);
    await service.sweep();
    expect(await service.published('topics', first)).not.toContain('MISSING');
    service.clock.advance(hourMs);
    await service.sweep();
    expect(await service.pointers.readArchived(first)).toBeUndefined();
  });
});

describe('an operator', () => {
  test('a pin during a sweep keeps the pinned generation, by compare-and-set', async () => {
    const first = (await service.pointer()).generation;
    await publish();
    service.clock.advance(2 * hourMs);
    const pinning = frozenAt(service.around, 'pointers.replace');
    const pinned = pin(service.operating, first);
    await pinning.isReached;
    await service.sweep(); // history moves past it
    pinning.goOn();
    await expect(pinned).rejects.toMatchObject({ code: 'version_gone' });
    expect((await service.pointer()).pin).toBeUndefined();

    const second = (await service.pointer()).generation;
    await pin(service.operating, second);
    await publish();
    service.clock.advance(2 * hourMs);
    await publish();
    await service.sweep();
    await service.sweep();
    expect(await service.published('topics', second)).not.toContain('MISSING');
  });

  test('a reset keeps the sweep number, the history and the pin', async () => {
    await service.sweep();
    const first = (await service.pointer()).generation;
    await pin(service.operating, first);
    const before = await service.pointer();
    const after = await reset(service.operating);
    expect(after).toMatchObject({ sweep: before.sweep, oldest: before.oldest, pin: first, tables: {} });
    expect(after.generation).toBeGreaterThan(first);
    expect(await service.published('topics', first)).toBe(service.truth());
    await service.refresh();
    await service.sweep();
    await everythingIsThere();
  });

  test('forget makes older generations unreachable, even if they are archived again', async () => {
    const first = (await service.pointer()).generation;
    const late = frozenAt(service.around, 'pointers.archive');
    service.change();
    const refreshed = service.refresh();
    await late.isReached;
    await another();
    const { oldest, generation } = await forget(service.operating);
    expect(oldest).toBe(generation);
    await service.sweep();
    expect(await service.pointers.readArchived(first)).toBeUndefined();
    late.goOn(); // archives it again
    await refreshed;
    expect((await service.pointer()).oldest).toBeGreaterThan(first);
    await service.sweep();
    expect(await service.pointers.readArchived(first)).toBeUndefined();
    await everythingIsThere();
  });
});
