import { beforeEach, describe, expect, test } from '@jest/globals';
import { naiveBody } from '../fakes/records.ts';
import { createService } from '../fakes/service.ts';
import { bodyIn } from '../fakes/stored-body.ts';

let service: ReturnType<typeof createService>;
beforeEach(() => {
  service = createService();
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
    const died = new Promise<void>((resolve) => {
      service.around['store.readHead'] = async (proceed) => {
        if (service.count('source.settled') === 0) return proceed();
        resolve();
        return new Promise(() => {}); // the container dies
      };
    });
    const refreshed = service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    await Promise.race([died, refreshed]);
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

async function expectPublished() {
  expect(await bodyIn(service.store, 'topics')).toBe(naiveBody('topics', service.table()));
}
