import { beforeEach, describe, expect, test } from '@jest/globals';
import { EpochError } from '../../lib/snapshots/publish.ts';
import { StoreError } from '../../lib/snapshots/store.ts';
import { naiveBody } from '../fakes/records.ts';
import { createService, once } from '../fakes/service.ts';
import { bodyIn } from '../fakes/stored-body.ts';

let service: ReturnType<typeof createService>;
beforeEach(() => {
  service = createService();
});

describe('a refresh', () => {
  test('is recorded before anything else, and reads the head before the table', async () => {
    service.change();
    expect(await service.refresh()).toMatchObject({ outcome: 'published', unknownColumns: [], pending: [] });
    expect(service.calls).toEqual([
      'requests.record',
      'requests.acquire',
      'store.readHead',
      'source.read',
      'store.writeChunks',
      'store.publish',
      'store.retireChunks',
      'requests.settle',
      'requests.release',
    ]);
    await expectPublished();
  });

  test('answers with a head that includes all that was committed before it', async () => {
    const xid = service.change();
    const refreshed = await service.refresh();
    if (!('head' in refreshed)) throw new Error(refreshed.outcome);
    expect(service.database.isFinishedIn(refreshed.head.snapshot, xid)).toBe(true);
  });

  test('of the same content moves the moment only', async () => {
    await service.refresh();
    const written = service.calls.length;
    const before = await service.store.readHead();
    service.database.rollBack(service.database.begin(['1']));
    expect(await service.refresh()).toMatchObject({ outcome: 'unchanged' });
    const after = await service.store.readHead();
    expect(after).toMatchObject({ etag: before?.etag, publishedAtMs: before?.publishedAtMs });
    expect(after?.rank).toBe((before?.rank ?? 0) + 1);
    expect(service.calls.slice(written)).toContain('store.publish');
  });

  test('reports what it did', async () => {
    once(service.around, 'source.read', async (proceed) => {
      service.clock.advance(80);
      return proceed();
    });
    await service.refresh();
    expect(service.events).toEqual([
      expect.objectContaining({ name: 'refresh.done', outcome: 'published', rows: 4, readMs: 80 }),
    ]);
  });

  test('tells of columns that the schema does not name', async () => {
    once(service.around, 'source.read', async (proceed) => {
      const read = await proceed();
      return typeof read === 'object' ? { ...read, unknownColumns: ['slug'] } : read;
    });
    expect(await service.refresh()).toMatchObject({ unknownColumns: ['slug'] });
    expect(service.events).toContainEqual({
      name: 'table.unknown_columns',
      level: 'warn',
      columns: ['slug'],
    });
  });

  test('gives the lease back', async () => {
    await service.refresh();
    expect(await service.leaseTaken()).toBeDefined();
  });
});

describe('while another has the lease', () => {
  beforeEach(() => service.leaseTaken());

  test('an event is recorded, and its work is done', async () => {
    expect(await service.refresh({ transactionIds: ['900'] })).toEqual({ outcome: 'recorded' });
    expect(await service.requests.read()).toEqual({ requested: 1, served: 0, pending: ['900'] });
    expect(service.count('source.read')).toBe(0);
    expect(service.names()).toEqual(['refresh.coalesced']);
  });

  test('a caller that waits is answered once its ticket is served', async () => {
    service.clock.meanwhile.push(
      async () => {},
      async () => service.requests.settle({ served: 1, settled: [] }),
    );
    expect(await service.refresh({ wait: true })).toEqual({ outcome: 'coalesced' });
    expect(service.count('source.read')).toBe(0);
    expect(service.clock.meanwhile).toEqual([]);
  });

  test('a caller that waits does the work itself once the lease is over', async () => {
    const startMs = service.clock.now();
    expect(await service.refresh({ wait: true })).toMatchObject({ outcome: 'published' });
    expect(service.clock.now() - startMs).toBeGreaterThanOrEqual(10_000);
    expect(service.clock.now() - startMs).toBeLessThan(10_500);
  });

  test('a caller that waits is told that it is recorded when its time is up, and not later', async () => {
    const deadlineMs = service.clock.now() + 3_000;
    expect(await service.refresh({ wait: true, deadlineMs })).toEqual({ outcome: 'recorded' });
    expect(service.clock.now()).toBeLessThan(deadlineMs);
    expect((await service.requests.read()).requested).toBe(1);
  });

  test('a caller that comes to the lease when its ticket is served reads no table', async () => {
    service.clock.meanwhile.push(async () => {
      once(service.around, 'requests.acquire', async (proceed) => {
        await service.requests.settle({ served: 1, settled: [] });
        await service.requests.release({ owner: 'another' });
        return proceed();
      });
    });
    expect(await service.refresh({ wait: true })).toEqual({ outcome: 'coalesced' });
    expect(service.count('source.read')).toBe(0);
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('one that finds its ticket served, and a new request before it could give the lease back, serves it', async () => {
    service.clock.meanwhile.push(async () => {
      once(service.around, 'requests.acquire', async (proceed) => {
        await service.requests.settle({ served: 1, settled: [] });
        await service.requests.release({ owner: 'another' });
        return proceed();
      });
      once(service.around, 'requests.release', async (proceed) => {
        await service.requests.record([]); // its sender finds the lease taken, and goes
        return proceed();
      });
    });
    expect(await service.refresh({ wait: true })).toMatchObject({ outcome: 'published' });
    expect(await service.requests.read()).toEqual({ requested: 2, served: 2, pending: [] });
    expect(await service.leaseTaken()).toBeDefined();
  });
});

describe('requests that come during a read', () => {
  test('are served by one more read', async () => {
    once(service.around, 'source.read', async (proceed) => {
      const read = await proceed();
      for (let at = 0; at < 20; at += 1) await service.refresh();
      return read;
    });
    await service.refresh({ lingerMs: 1_000 });
    expect(service.count('source.read')).toBe(2);
    expect(await service.requests.read()).toEqual({ requested: 21, served: 21, pending: [] });
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('that come before the lease is given back are served too', async () => {
    once(service.around, 'requests.release', async (proceed) => {
      await service.refresh();
      return proceed();
    });
    await service.refresh({ lingerMs: 1_000 });
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 2 });
  });

  test('are left to the next one when there is no time to linger', async () => {
    once(service.around, 'source.read', async (proceed) => {
      const read = await proceed();
      await service.refresh();
      return read;
    });
    expect(await service.refresh({ lingerMs: 0 })).toMatchObject({ outcome: 'published' });
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1 });
    expect(await service.resume()).toMatchObject({ outcome: 'unchanged' });
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 2 });
  });
});

describe('a transaction that is not finished when its event comes', () => {
  let xid: string;
  beforeEach(async () => {
    xid = service.database.begin(['1', '3']);
  });

  test('is waited for without reading the table, and then read', async () => {
    service.clock.meanwhile.push(
      async () => {},
      async () => {},
      async () => service.database.commit(xid),
    );
    const refreshed = await service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    expect(refreshed).toMatchObject({ outcome: 'published', pending: [] });
    expect(service.count('source.read')).toBe(2);
    expect(service.count('source.settled')).toBe(3);
    expect(await service.requests.read()).toEqual({ requested: 2, served: 2, pending: [] });
    await expectPublished();
  });

  test('that is rolled back is waited for no longer', async () => {
    service.clock.meanwhile.push(async () => service.database.rollBack(xid));
    await service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    expect((await service.requests.read()).pending).toEqual([]);
  });

  test('is asked about less and less often, and never while there is no time left', async () => {
    const startMs = service.clock.now();
    const refreshed = await service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    expect(refreshed).toMatchObject({ pending: [xid] });
    expect(service.count('source.read')).toBe(1);
    expect(service.count('source.settled')).toBeLessThan(32);
    expect(service.clock.now() - startMs).toBeLessThan(5_000);
    expect(service.events).toContainEqual(
      expect.objectContaining({ name: 'refresh.pending', level: 'warn', transactionIds: [xid] }),
    );
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('is served by the schedule when it is finished later', async () => {
    await service.refresh({ transactionIds: [xid] });
    service.database.commit(xid);
    expect(await service.resume()).toMatchObject({ outcome: 'published', pending: [] });
    await expectPublished();
    expect(await service.resume()).toEqual({ outcome: 'idle' });
  });

  test('that is found finished is a request of its own: a crash then does not lose it', async () => {
    service.clock.meanwhile.push(async () => service.database.commit(xid));
    service.around['store.readHead'] = async (proceed) => {
      if (service.count('source.settled') === 0) return proceed();
      return new Promise(() => {}); // the container dies
    };
    const dead = service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    await Promise.race([dead, turn()]);
    const { requested, served } = await service.requests.read();
    expect(requested).toBeGreaterThan(served);
  });

  test('does not hold up other requests', async () => {
    const other = service.database.begin(['2']);
    service.clock.meanwhile.push(async () => {
      service.database.commit(other);
      await service.requests.record([other]);
    });
    await service.refresh({ transactionIds: [xid], lingerMs: 500 });
    expect(await service.requests.read()).toEqual({ requested: 2, served: 2, pending: [xid] });
    await expectPublished();
  });
});

describe('the schedule', () => {
  test('costs one small read where nothing is open', async () => {
    await service.refresh();
    service.calls.length = 0;
    expect(await service.resume()).toEqual({ outcome: 'idle' });
    expect(service.calls).toEqual(['requests.read']);
  });

  test('serves what was recorded and never served', async () => {
    service.change();
    await service.requests.record([]);
    expect(await service.resume()).toMatchObject({ outcome: 'published' });
    await expectPublished();
  });

  test('leaves the work to whoever has the lease', async () => {
    await service.requests.record([]);
    await service.leaseTaken();
    expect(await service.resume()).toEqual({ outcome: 'recorded' });
  });
});

describe('an error', () => {
  const broken = new StoreError('a test', new Error());

  test.each([
    'requests.acquire',
    'store.readHead',
    'source.read',
    'store.writeChunks',
    'store.publish',
    'store.retireChunks',
    'requests.settle',
  ])('of %s reaches the caller, and what was recorded is served by the schedule', async (call) => {
    await service.refresh();
    service.change();
    for (const fail of [before, after]) {
      once(service.around, call, fail);
      await expect(service.refresh()).rejects.toBe(broken);
      service.clock.advance(30_000); // at the worst, the lease has to run out
      await service.resume();
      await expectPublished();
      expect(await service.resume()).toEqual({ outcome: 'idle' });
      service.change();
    }
  });

  test('of the source gives the lease back at once', async () => {
    once(service.around, 'source.read', before);
    await expect(service.refresh()).rejects.toBe(broken);
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('that keeps the lease from being given back is reported, and not told instead of the first', async () => {
    once(service.around, 'source.read', before);
    once(service.around, 'requests.release', async () => {
      throw new Error('and this one');
    });
    await expect(service.refresh()).rejects.toBe(broken);
    expect(service.names()).toEqual(['refresh.lease_kept']);
  });

  test('after the request was served does not fail it', async () => {
    once(service.around, 'requests.settle', async (proceed) => {
      const state = await proceed();
      once(service.around, 'source.read', before);
      await service.requests.record([]);
      return state;
    });
    once(service.around, 'requests.release', async (proceed) => proceed());
    service.around['requests.record'] = async (proceed) => proceed();
    const refreshed = service.refresh({ lingerMs: 1_000 });
    expect(await refreshed).toMatchObject({ outcome: 'published' });
    expect(service.names()).toEqual(['refresh.done', 'refresh.interrupted']);
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1 });
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('of the record is told: nothing was promised', async () => {
    once(service.around, 'requests.record', before);
    await expect(service.refresh()).rejects.toBe(broken);
    expect(service.calls).toEqual(['requests.record']);
  });

  test('of an outdated epoch reaches the caller, and the request stays', async () => {
    const content = { epoch: 1, rank: 5_000, snapshot: '5000:5000:', etag: 'e'.repeat(43), count: 0 };
    await service.store.publish({ ...content, publishedAtMs: 0, chunks: [] }, undefined);
    await expect(service.refresh()).rejects.toThrow(EpochError);
    expect(await service.requests.read()).toMatchObject({ requested: 1, served: 0 });
    expect(await service.store.readHead()).toMatchObject({ rank: 5_000 });
  });

  async function before(): Promise<never> {
    throw broken;
  }
  async function after(proceed: () => Promise<unknown>): Promise<never> {
    await proceed();
    throw broken;
  }
});

async function expectPublished() {
  expect(await bodyIn(service.store, 'topics')).toBe(naiveBody('topics', service.table()));
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
