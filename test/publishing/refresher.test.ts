import { beforeEach, describe, expect, test } from '@jest/globals';
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
    expect(await service.refresh({ wait: true })).toEqual({ outcome: 'coalesced', pending: [] });
    expect(service.count('source.read')).toBe(0);
    expect(service.clock.meanwhile).toEqual([]);
  });

  test('a caller that waits is told which transactions still run when its ticket is served', async () => {
    service.clock.meanwhile.push(async () => service.requests.settle({ served: 1, settled: ['899'] }));
    const refreshed = service.refresh({ wait: true, transactionIds: ['899', '900'] });
    expect(await refreshed).toEqual({ outcome: 'coalesced', pending: ['900'] });
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
    expect(await service.refresh({ wait: true })).toEqual({ outcome: 'coalesced', pending: [] });
    expect(service.count('source.read')).toBe(0);
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('one that is to write every chunk again waits for the lease: the read of another repairs nothing', async () => {
    await service.requests.release({ owner: 'another' });
    await service.refresh();
    const head = await service.store.readHead();
    const lost = head?.chunks[1]?.hash ?? '';
    await service.store.retireChunks([lost], { epoch: 1, rank: Number.MAX_SAFE_INTEGER });
    await service.leaseTaken();
    service.clock.meanwhile.push(
      async () => service.requests.settle({ served: 2, settled: [] }),
      async () => {},
      async () => service.requests.release({ owner: 'another' }),
    );
    expect(await service.refresh({ wait: true, rewrite: true })).toMatchObject({
      outcome: 'unchanged',
      head,
    });
    expect(service.clock.meanwhile).toEqual([]);
    expect(await service.store.readChunks([lost])).toHaveLength(1);
    await expectPublished();
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

  describe('of a caller that does not linger', () => {
    test('are served by one more read', async () => {
      let xid = '';
      once(service.around, 'source.read', async (proceed) => {
        const read = await proceed();
        xid = service.change();
        expect(await service.refresh({ transactionIds: [xid] })).toEqual({ outcome: 'recorded' });
        return read;
      });
      expect(await service.refresh()).toMatchObject({ outcome: 'published' });
      expect(service.count('source.read')).toBe(2);
      expect(await service.requests.read()).toEqual({ requested: 2, served: 2, pending: [] });
      await expectPublished();
      expect(await service.leaseTaken()).toBeDefined();
    });

    test('are left to the next one when they come during that one', async () => {
      service.around['source.read'] = async (proceed) => {
        const read = await proceed();
        await service.requests.record([]);
        return read;
      };
      await service.refresh();
      expect(service.count('source.read')).toBe(2);
      expect(await service.requests.read()).toMatchObject({ requested: 3, served: 2 });
      expect(await service.leaseTaken()).toBeDefined();
    });

    test('are served by one more read when its time is over before the lease is given back', async () => {
      once(service.around, 'requests.release', async (proceed) => {
        service.clock.advance(2_000);
        await service.refresh();
        return proceed();
      });
      await service.refresh({ lingerMs: 1_000 });
      expect(await service.requests.read()).toMatchObject({ requested: 2, served: 2 });
    });

    test('are left to the next one when there is no time at all', async () => {
      once(service.around, 'source.read', async (proceed) => {
        const read = await proceed();
        await service.refresh();
        service.clock.advance(30_000);
        return read;
      });
      expect(await service.refresh()).toMatchObject({ outcome: 'published' });
      expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1 });
      expect(await service.resume()).toMatchObject({ outcome: 'unchanged' });
      expect(await service.requests.read()).toMatchObject({ requested: 2, served: 2 });
    });
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

async function expectPublished() {
  expect(await bodyIn(service.store, 'topics')).toBe(naiveBody('topics', service.table()));
}
