import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { entryOf, isBehind } from '../../lib/snapshots/forms.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { createModelledSource } from '../fakes/modelled-source.ts';
import { createPublishing, frozenAt, once, type Publishing } from '../fakes/publishing.ts';
import { form } from '../fakes/records.ts';

const otherForm = createHash('sha256').update('another release').digest('base64url');
const storeDown = () => new StoreError('a test', new Error());
let service: Publishing;
beforeEach(() => {
  service = createPublishing();
});

describe('a refresh', () => {
  test('records and takes the lease in one write, puts blobs before the pointer, and settles and releases in one', async () => {
    service.change();
    expect(await service.refresh()).toMatchObject({ outcome: 'published', pending: [], held: [] });
    expect([...new Set(service.calls)]).toEqual([
      'requests.record',
      'pointers.read',
      'pointers.replace', // the first writer creates an empty pointer
      'source.read',
      'blobs.carrying',
      'blobs.put',
      'source.settled', // transactions that run while the refresh item is created
      'requests.settle',
    ]);
    expect(await service.published()).toBe(service.truth());
    expect(await service.published('tags')).toBe(service.truth('tags'));
    expect(await service.requests.read()).toMatchObject({ requested: 1, served: 1, lease: undefined });
  });

  test('of the same content is five calls, and writes no blob and no history', async () => {
    await service.refresh();
    const before = await service.pointer();
    service.database.rollBack(service.database.begin(['1']));
    service.calls.length = 0;
    expect(await service.refresh()).toMatchObject({ outcome: 'unchanged' });
    expect(service.calls).toEqual([
      'requests.record',
      'pointers.read',
      'source.read',
      'pointers.replace',
      'requests.settle',
    ]);
    const after = await service.pointer();
    expect(after.generation).toBe(before.generation);
    expect(after.revision).not.toBe(before.revision);
    const [entry] = after.tables['topics'] ?? [];
    const [old] = before.tables['topics'] ?? [];
    expect(entry).toEqual({ ...old, snapshot: service.database.snapshot(), request: entry?.request });
    expect(entry?.snapshot).not.toBe(old?.snapshot);
  });

  test('of one changed row archives the replaced pointer, puts one chunk, and keeps the other table’s entry', async () => {
    await service.refresh();
    const before = await service.pointer();
    service.clock.advance(5_000);
    service.change(['topics/2']);
    service.calls.length = 0;
    await service.refresh();
    expect(service.count('blobs.put')).toBe(1);
    expect(service.calls.indexOf('pointers.archive')).toBeLessThan(service.calls.indexOf('pointers.replace'));
    const after = await service.pointer();
    expect(after.generation).toBe(service.clock.now());
    expect(await service.pointers.readArchived(before.generation)).toEqual(before);
    expect(after.tables['topics']?.[0]).toMatchObject({
      generation: after.generation,
      changed: after.generation,
    });
    // The entries of all read tables have the new generation; `changed` stays.
    expect(after.tables['tags']?.[0]).toMatchObject({
      generation: after.generation,
      changed: before.generation,
    });
  });

  test('raises the generation by at least one for any clock', async () => {
    await service.refresh();
    const before = await service.pointer();
    service.clock.advance(-60_000);
    service.change();
    await service.refresh();
    expect((await service.pointer()).generation).toBe(before.generation + 1);
  });

  test('returns its packed chunks, so that they are not read back', async () => {
    const handed = new Set<string>();
    const refresher = service.container({ onBlob: ({ hash }) => handed.add(hash) });
    await refresher.refresh({ deadlineMs: service.clock.now() + 1_000, wait: true, lingerMs: 0 });
    expect([...handed].sort()).toEqual(await service.stored());
    expect(service.count('blobs.read')).toBe(0);
  });

  test('publishes other rows under the same transaction ids: a crash had given them again', async () => {
    for (let left = 20; left > 0; left -= 1) service.database.rollBack(service.database.begin(['1']));
    await service.refresh();
    const before = (await service.pointer()).tables['topics']?.[0];
    service.database.crash(20);
    for (let left = 20; left > 0; left -= 1) service.change(['2']);
    expect(await service.refresh()).toMatchObject({ outcome: 'published' });
    expect((await service.pointer()).tables['topics']?.[0]?.snapshot).toBe(before?.snapshot);
    expect(await service.published()).toBe(service.truth());
  });

  test('publishes fewer finished transactions than before: the crash took commits back', async () => {
    service.change(['1']);
    service.change(['1']);
    await service.refresh();
    service.database.crash(1);
    expect(await service.refresh()).toMatchObject({ outcome: 'published' });
    expect(await service.published()).toBe(service.truth());
  });
});

describe('the lease', () => {
  const long = () => ({ deadlineMs: service.clock.now() + 300_000 });

  test('of a refresher that is killed is over after a minute, however long it could have run', async () => {
    await service.refresh();
    const killed = frozenAt(service.around, 'pointers.replace');
    service.change();
    void service.refresh(long()); // stays frozen
    await killed.isReached;
    service.clock.advance(60_000);
    const { resume } = service.container();
    expect(await resume(long())).toMatchObject({ outcome: 'published' });
    expect(await service.published()).toBe(service.truth());
  });

  test('is renewed while its holder waits for a transaction', async () => {
    await service.refresh();
    const xid = service.database.begin(['1']);
    const startMs = service.clock.now();
    const waiting = service.refresh({ ...long(), lingerMs: 200_000, transactionIds: [xid] });
    const left: number[] = [];
    for (let second = 0; second < 150; second++)
      service.clock.meanwhile.push(async () => {
        const { lease } = (await service.requests.read()) ?? {};
        left.push((lease?.untilMs ?? 0) - service.clock.now());
      });
    await waiting;
    expect(service.clock.now() - startMs).toBeGreaterThan(150_000);
    expect(left.length).toBe(150);
    expect(Math.min(...left)).toBeGreaterThan(25_000);
  });
});

describe('the lease of a refresher that reads for longer than a minute', () => {
  /** What another container's events come to, one after each step of 45 s, which is the longest of a statement. */
  const outcomes: string[] = [];
  const step = async () => {
    service.clock.advance(45_000);
    const event = { deadlineMs: service.clock.now() + 300_000, wait: false, lingerMs: 0 };
    outcomes.push((await service.container().refresh(event)).outcome);
  };
  beforeEach(() => {
    outcomes.length = 0;
  });

  test('is renewed at each table, so that nobody else reads', async () => {
    await service.refresh();
    const tables = ['topics', 'tags'].map((name) => ({ name, form, mayLose: 1 }));
    const source = createModelledSource(service.database, { tables, betweenTables: step });
    await service.container({ source }).refresh({
      ...{ deadlineMs: service.clock.now() + 900_000, wait: false, lingerMs: 0 },
    });
    expect(outcomes).toEqual(Array(4).fill('recorded'));
  });

  test('is renewed at each blob', async () => {
    service.around['blobs.put'] = async (proceed) => {
      await step();
      return proceed();
    };
    await service.refresh({ deadlineMs: service.clock.now() + 900_000 });
    expect(outcomes).toEqual(Array(4).fill('recorded')); // the rows of tags are rows of topics
    expect(await service.requests.read()).toMatchObject({ lease: undefined });
  });

  test('is over after a minute where the store fails to renew it, and the read goes on', async () => {
    service.around['blobs.put'] = async (proceed) => {
      service.clock.advance(20_000);
      return proceed();
    };
    service.around['requests.acquire'] = () => Promise.reject(storeDown());
    expect(await service.refresh({ deadlineMs: service.clock.now() + 900_000 })).toMatchObject({
      outcome: 'published',
    });
    expect(service.count('requests.acquire')).toBeGreaterThan(0);
  });
});

describe('compare-and-set', () => {
  test('that is lost has the pointer read again, and the tables after it', async () => {
    await service.refresh();
    const frozen = frozenAt(service.around, 'pointers.replace');
    service.change(['1']);
    const late = service.refresh();
    await frozen.isReached;
    service.change(['2']);
    const { refresh } = service.container();
    service.clock.advance(31_000); // the lease has expired
    await refresh({ deadlineMs: service.clock.now() + 1_000, wait: false, lingerMs: 0 });
    service.change(['3']);
    service.calls.length = 0;
    service.clock.advance(-31_000);
    frozen.goOn();
    expect(await late).toMatchObject({ outcome: 'published' });
    expect(service.calls.filter((call) => call === 'source.read')).toHaveLength(1);
    expect(await service.published()).toBe(service.truth());
  });

  test('whose answer is lost is found by its revision, and published once', async () => {
    await service.refresh();
    service.change();
    once(service.around, 'pointers.replace', async (proceed) => {
      await proceed();
      throw storeDown();
    });
    expect(await service.refresh()).toMatchObject({ outcome: 'published' });
    expect(await service.published()).toBe(service.truth());
    expect(service.count('source.read')).toBe(2);
  });

  test('never compares absence: of two that find no pointer, one makes it', async () => {
    const frozen = frozenAt(service.around, 'pointers.replace');
    const late = service.refresh();
    await frozen.isReached;
    service.clock.advance(31_000);
    await service.container().refresh({ deadlineMs: service.clock.now() + 1_000, wait: true, lingerMs: 0 });
    const { generation } = await service.pointer();
    service.clock.advance(-31_000);
    frozen.goOn();
    await late;
    expect((await service.pointer()).generation).toBe(generation);
  });
});

const request = () => ({ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 });

describe('the tickets', () => {
  test('that are served are those noted before the read, not those that came since', async () => {
    once(service.around, 'requests.settle', async (proceed) => {
      service.change();
      await service.requests.record({
        transactionIds: [],
        nowMs: service.clock.now(),
        lease: { owner: 'another', untilMs: 0 },
      });
      const settled = await proceed();
      expect(settled).toMatchObject({ requested: 2, served: 1 });
      return settled;
    });
    await service.refresh({ lingerMs: 1_000 });
    expect(service.count('source.read')).toBe(2);
    expect(await service.published()).toBe(service.truth());
  });

  test('of an item that is deleted during a read are drawn again: 26 refreshes read 26 times', async () => {
    await service.refresh();
    for (let left = 26; left > 0; left -= 1) {
      once(service.around, 'source.read', async (proceed) => {
        service.requests.forget();
        return proceed();
      });
      service.calls.length = 0;
      service.change();
      expect(await service.refresh({ wait: true })).toMatchObject({ outcome: 'published' });
      expect(service.count('source.read')).toBeGreaterThanOrEqual(1);
      expect(await service.published()).toBe(service.truth());
    }
  });

  test('of a new item are neither served nor removed by a refresh that began with the old item', async () => {
    await service.refresh();
    await service.refresh();
    const running = service.database.begin(['1']);
    once(service.around, 'requests.settle', async (proceed) => {
      service.requests.forget();
      const nowMs = service.clock.now();
      const lease = { owner: 'another', untilMs: nowMs + 10_000 };
      await service.requests.record({ transactionIds: [running], nowMs, lease });
      expect(await proceed()).toBeUndefined();
    });
    await service.refresh();
    expect(await service.requests.read()).toMatchObject({ served: 0, lease: { owner: 'another' } });
    expect([...((await service.requests.read())?.pending.keys() ?? [])]).toEqual([running]);
  });

  test('of a waiter whose item is gone are drawn again', async () => {
    await service.refresh();
    await service.leaseTaken();
    service.clock.meanwhile.push(async () => {
      service.requests.forget();
      // In the new item `served` is above the waiter's ticket.
      for (let requests = 3; requests > 0; requests -= 1) await service.container().refresh({ ...request() });
      await service.leaseTaken(0);
      service.change();
    });
    const before = service.count('source.read');
    const refreshed = await service.refresh({ wait: true });
    expect(refreshed.outcome).toBe('published');
    expect(service.count('source.read') - before).toBe(4);
    expect(await service.published()).toBe(service.truth());
  });

  test('of a new item begin with the running transactions, whose announcements the old item had', async () => {
    await service.refresh();
    const [below, above] = [service.database.begin(['1']), service.database.begin(['2'])];
    service.change(['3']); // xmax is above the first two
    const beyond = service.database.begin(['tags/1']);
    service.requests.forget();
    expect(await service.resume()).toMatchObject({ pending: [below, above, beyond] });
    for (const xid of [below, above, beyond]) service.database.commit(xid);
    await service.resume();
    expect(await service.published()).toBe(service.truth());
    expect(await service.published('tags')).toBe(service.truth('tags'));
  });

  test('are served to waiting callers from a pointer that is read after them', async () => {
    await service.refresh();
    await service.leaseTaken();
    service.clock.meanwhile.push(async () => {
      const { incarnation = '' } = (await service.requests.read()) ?? {};
      const nothing = { settled: [], settledDropped: undefined, add: [] };
      await service.requests.settle({ incarnation, owner: 'another', served: 2, ...nothing, release: true });
    });
    const refreshed = await service.refresh({ wait: true });
    expect(refreshed).toMatchObject({ outcome: 'coalesced', pointer: await service.pointer() });
    expect(service.count('source.read')).toBe(1);
  });

  test('stay recorded where another has the lease, and where the store fails', async () => {
    await service.refresh();
    await service.leaseTaken();
    expect(await service.refresh({ transactionIds: ['900'] })).toEqual({ outcome: 'recorded' });
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1 });
    service.clock.advance(10_001);
    once(service.around, 'source.read', async () => {
      throw storeDown();
    });
    await expect(service.refresh()).rejects.toThrow(StoreError);
    expect(await service.requests.read()).toMatchObject({ requested: 3, served: 1, lease: undefined });
  });
});

describe('a table that is left out', () => {
  const leftOut = { reason: 'locked', error: storeDown() } as const;
  beforeEach(() => service.refresh());

  test('keeps its entry, moment and generation, is marked as frozen, and serves no transaction or ticket', async () => {
    const before = await service.pointer();
    service.leavesOut.set('tags', leftOut);
    service.clock.advance(1_000);
    const xid = service.change(['topics/1', 'tags/1']);
    const refreshed = await service.refresh({ transactionIds: [xid] });
    expect(refreshed).toMatchObject({ outcome: 'published', leftOut: new Map([['tags', leftOut]]) });
    const after = await service.pointer();
    expect(after.tables['tags']).toEqual([{ ...before.tables['tags']?.[0], frozen: true }]);
    expect(after.tables['topics']?.[0]).not.toHaveProperty('frozen');
    expect(after.tables['topics']?.[0]?.generation).toBe(after.generation);
    expect(await service.requests.read()).toMatchObject({
      ...{ requested: 2, served: 1, pending: new Map([[xid, service.clock.now()]]), lease: undefined },
    });
    service.leavesOut.clear();
    await service.resume();
    expect(await service.published('tags')).toBe(service.truth('tags'));
    expect((await service.pointer()).tables['tags']?.[0]).not.toHaveProperty('frozen');
    expect(await service.requests.read()).toMatchObject({ served: 2, pending: new Map() });
  });

  test('is read again by the schedule, less and less often, until a new request comes', async () => {
    service.leavesOut.set('tags', leftOut);
    service.change(['tags/1']);
    await service.refresh();
    let reads = service.count('source.read');
    for (let minute = 0; minute < 60; minute += 1) {
      await service.resume();
      service.clock.advance(60_000);
    }
    expect(service.count('source.read') - reads).toBeLessThan(12);
    reads = service.count('source.read');
    await service.leaseTaken(1);
    await service.refresh();
    service.clock.advance(2);
    await service.resume();
    expect(service.count('source.read') - reads).toBe(1);
  });

  test('with every other one is marked too: the generation stays, and no blob is written', async () => {
    const before = await service.pointer();
    service.leavesOut.set('tags', leftOut).set('topics', leftOut);
    service.clock.advance(1_000);
    service.calls.length = 0;
    expect(await service.refresh()).toMatchObject({ outcome: 'unchanged' });
    const frozen = Object.entries(before.tables).map(([name, [entry]]) => [
      name,
      [{ ...entry, frozen: true }],
    ]);
    const { revision: _, ...marked } = await service.pointer();
    expect({ revision: before.revision, ...marked }).toEqual({
      ...{ ...before, readAtMs: service.clock.now(), tables: Object.fromEntries(frozen) },
    });
    expect(service.count('blobs.put') + service.count('pointers.archive')).toBe(0);
    service.leavesOut.clear();
    await service.resume();
    for (const [entry] of Object.values((await service.pointer()).tables))
      expect(entry).not.toHaveProperty('frozen');
  });

  test('is marked in the form that could not be read, and where the guard holds it no more', async () => {
    await service.container({ form: otherForm }).catchUp({ deadlineMs: service.clock.now() + 30_000 });
    service.leavesOut.set('tags', leftOut);
    await service.refresh();
    const marks = (await service.pointer()).tables['tags']?.map((entry) => [entry.form, entry.frozen]);
    expect(marks).toEqual([
      [otherForm, undefined],
      [form, true],
    ]);
    service.leavesOut.clear();
    service.database.commit(service.database.begin([], { empties: 'tags' }));
    await service
      .container({ mayLose: 0.5 })
      .refresh({ wait: false, lingerMs: 0, deadlineMs: service.clock.now() + 30_000 });
    const held = entryOf((await service.pointer()).tables['tags'], form);
    expect(held).toMatchObject({ count: 3, held: { count: 1 } });
    expect(held).not.toHaveProperty('frozen');
  });

  test('is not marked where no table is published', async () => {
    const empty = createPublishing();
    empty.leavesOut.set('tags', leftOut).set('topics', leftOut);
    expect(await empty.refresh()).toMatchObject({ outcome: 'unchanged', pointer: { tables: {} } });
    expect(empty.count('pointers.replace')).toBe(1); // the empty pointer itself
  });
});

describe('two forms of a table', () => {
  beforeEach(() => service.refresh());
  const catchUp = (form: string) =>
    service.container({ form }).catchUp({ deadlineMs: service.clock.now() + 30_000 });

  test('differ where one was read while an announced transaction ran, and the other after it', async () => {
    await service.refresh();
    const other = service.container({ form: otherForm });
    const how = { deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 };
    const xid = service.database.begin(['1']);
    await service.refresh({ transactionIds: [xid] });
    await catchUp(otherForm);
    service.database.commit(xid);
    await other.resume(how);
    const { tables } = await service.pointer();
    expect(isBehind(tables['topics'], otherForm)).toBe(false);
    expect(isBehind(tables['topics'], form)).toBe(true);
    await catchUp(form);
    const after = (await service.pointer()).tables['topics'];
    expect([isBehind(after, form), isBehind(after, otherForm)]).toEqual([false, false]);
    expect(await service.published()).toBe(service.truth());
  });

  test('are published side by side; a new form is published without a commit', async () => {
    const before = await service.pointer();
    expect(await catchUp(otherForm)).toMatchObject({ outcome: 'published' });
    const { tables } = await service.pointer();
    expect(tables['topics']?.map(({ form }) => form)).toEqual([otherForm, form]);
    expect(entryOf(tables['topics'], form)).toEqual(before.tables['topics']?.[0]);
    expect(await service.published('topics', undefined, otherForm)).toBe(service.truth());
  });

  test('catch up once for an event, with no ticket, and then are not behind', async () => {
    await catchUp(otherForm);
    service.change();
    await service.refresh();
    const { requested } = (await service.requests.read()) ?? {};
    const reads = service.count('source.read');
    for (let left = 5; left > 0; left -= 1) {
      await catchUp(otherForm);
      await catchUp(form);
    }
    expect(service.count('source.read') - reads).toBe(1);
    expect((await service.requests.read())?.requested).toBe(requested);
    expect(await service.published('topics', undefined, otherForm)).toBe(service.truth());
  });

  test('are two at most: a third takes the place of the one written longest ago', async () => {
    await catchUp(otherForm);
    const third = createHash('sha256').update('a third').digest('base64url');
    await catchUp(third);
    expect((await service.pointer()).tables['tags']?.map(({ form }) => form)).toEqual([third, otherForm]);
  });
});

describe('the guard', () => {
  test('keeps the entry of a table that would lose more than it may, and holds the newest state for it alone', async () => {
    const { refresh } = service.container({ mayLose: 0.5 });
    const request = { wait: false, lingerMs: 0 };
    const go = () => refresh({ ...request, deadlineMs: service.clock.now() + 30_000 });
    await go();
    const before = await service.pointer();
    service.database.commit(service.database.begin(['topics/1'], { empties: 'tags' }));
    service.clock.advance(1_000);
    expect(await go()).toMatchObject({ outcome: 'published', held: ['tags'] });
    const after = await service.pointer();
    const [entry] = after.tables['tags'] ?? [];
    expect(entry).toMatchObject({ generation: before.generation, count: 3, held: { count: 1 } });
    expect(await service.published()).toBe(service.truth());
    expect(await service.requests.read()).toMatchObject({ served: 2 });

    service.change(['tags/1']);
    await go();
    const held = (await service.pointer()).tables['tags']?.[0]?.held;
    expect(held?.snapshot).toBe(service.database.snapshot());
    service.database.commit(service.database.begin([], { empties: 'tags' }));
    expect(await go()).toMatchObject({ outcome: 'published', held: [] });
    expect((await service.pointer()).tables['tags']?.[0]?.held).toBeUndefined();
  });
});

describe('the intervals between reads', () => {
  const refresh = (lingerMs: number, wait = true) =>
    service
      .container({ minReadIntervalMs: 10_000 })
      .refresh({ deadlineMs: service.clock.now() + 30_000, wait, lingerMs });

  test('a refresh by HTTP within minReadIntervalMs is recorded, and told when', async () => {
    await refresh(0);
    service.clock.advance(4_000);
    expect(await refresh(0)).toEqual({ outcome: 'recorded', retryAfterMs: 6_000 });
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1, lease: undefined });
  });

  test('an event within minReadIntervalMs waits for its end, and serves the events since', async () => {
    await refresh(0);
    service.change();
    service.clock.meanwhile.push(() => refresh(20_000, false));
    expect(await refresh(20_000, false)).toMatchObject({ outcome: 'published' });
    expect(service.count('source.read')).toBe(2);
    expect(await service.requests.read()).toMatchObject({ requested: 3, served: 3 });
  });

  test('the schedule reads the tables after maxReadIntervalMs without an announcement', async () => {
    const { resume } = service.container({ maxReadIntervalMs: 120_000 });
    const go = () => resume({ deadlineMs: service.clock.now() + 30_000 });
    await service.refresh();
    service.clock.advance(119_000);
    expect(await go()).toEqual({ outcome: 'idle' });
    service.clock.advance(1_000);
    service.change();
    expect(await go()).toMatchObject({ outcome: 'published' });
    expect(await go()).toEqual({ outcome: 'idle' });
  });
});
