import { beforeEach, describe, expect, test } from '@jest/globals';
import { mostPending } from '../../lib/stores/requests.ts';
import { createPublishing, once, type Publishing } from '../fakes/publishing.ts';

let service: Publishing;
beforeEach(async () => {
  service = createPublishing();
  await service.refresh();
});
const pending = async () => [...((await service.requests.read())?.pending.keys() ?? [])];

const taker = 'a list of another release';
/** Lets another container take the lease before the next settle. */
function takeLeaseAtSettle() {
  const nowMs = service.clock.now();
  once(service.around, 'requests.settle', async (proceed) => {
    const from = (await service.requests.read())?.lease?.owner;
    await service.requests.acquire({ owner: taker, nowMs, untilMs: nowMs + 30_000, from });
    return proceed();
  });
}

describe('a transaction that is not finished when its event comes', () => {
  let xid: string;
  beforeEach(() => {
    xid = service.database.begin(['1', 'tags/1']);
  });

  test('is waited for without reading the tables, and then read', async () => {
    const reads = service.count('source.read');
    service.clock.meanwhile.push(
      async () => {},
      async () => {},
      async () => service.database.commit(xid),
    );
    expect(await service.refresh({ transactionIds: [xid], lingerMs: 5_000 })).toMatchObject({
      ...{ outcome: 'published', pending: [] },
    });
    expect(service.count('source.read') - reads).toBe(2);
    expect(await service.published()).toBe(service.truth());
    // The second read has its own ticket, so another release's form is behind.
    expect(await service.requests.read()).toMatchObject({ requested: 3, served: 3, lease: undefined });
  });

  test('is polled with backoff, until the deadline', async () => {
    const asked = service.count('source.settled');
    const startMs = service.clock.now();
    expect(await service.refresh({ transactionIds: [xid], lingerMs: 5_000 })).toMatchObject({
      pending: [xid],
    });
    expect(service.count('source.settled') - asked).toBeLessThan(12);
    expect(service.clock.now() - startMs).toBeLessThan(5_000);
    expect(service.names()).toContain('refresh.pending');
  });

  test('is left to the schedule, which asks before it reads', async () => {
    await service.refresh({ transactionIds: [xid] });
    const reads = service.count('source.read');
    expect(await service.resume()).toEqual({ outcome: 'recorded' });
    expect(service.count('source.read')).toBe(reads);
    service.database.commit(xid);
    expect(await service.resume()).toMatchObject({ outcome: 'published', pending: [] });
    expect(await service.resume()).toEqual({ outcome: 'idle' });
    expect(await service.published('tags')).toBe(service.truth('tags'));
  });

  test('is waited for though another release has taken the lease, which does not linger for it', async () => {
    takeLeaseAtSettle();
    service.clock.meanwhile.push(
      async () => {},
      async () => void (await service.requests.release({ owner: taker })),
      async () => service.database.commit(xid),
    );
    await service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    expect(await pending()).toEqual([]);
    expect(await service.published()).toBe(service.truth());
    expect(await service.requests.read()).toMatchObject({ requested: 3, served: 3, lease: undefined });
  });

  test('is read by the holder of the lease; a container that lost it records a ticket without reading', async () => {
    const reads = service.count('source.read');
    takeLeaseAtSettle();
    service.clock.meanwhile.push(async () => service.database.commit(xid));
    await service.refresh({ transactionIds: [xid], lingerMs: 5_000 });
    expect(service.count('source.read') - reads).toBe(1);
    expect(await pending()).toEqual([xid]);
    expect(await service.requests.read()).toMatchObject({ requested: 3, served: 2, lease: { owner: taker } });
  });

  test('for longer than a day is reported, and given up', async () => {
    await service.refresh({ transactionIds: [xid] });
    service.clock.advance(24 * 60 * 60_000 + 1_000);
    await service.resume();
    expect(await pending()).toEqual([]);
    expect(service.events).toContainEqual(
      expect.objectContaining({ name: 'refresh.transactions_given_up', transactionIds: [xid] }),
    );
    expect(await service.resume()).toEqual({ outcome: 'idle' });
  });
});

test('an impossible transaction is removed and reported at once', async () => {
  const startMs = service.clock.now();
  await service.refresh({ transactionIds: ['99999999'], lingerMs: 28_000 });
  expect(service.clock.now() - startMs).toBeLessThan(1_000);
  expect(await pending()).toEqual([]);
  expect(service.events).toContainEqual(
    expect.objectContaining({ name: 'refresh.transactions_unknown', transactionIds: ['99999999'] }),
  );
  expect(await service.resume()).toEqual({ outcome: 'idle' });
});

describe('transactions beyond the bound', () => {
  test('are dropped but for the highest, which is settled when xmin passes it', async () => {
    const ids = Array.from({ length: mostPending + 50 }, () => service.database.begin(['1']));
    await service.refresh({ transactionIds: ids });
    expect(await service.requests.read()).toMatchObject({ dropped: ids.at(-1) });
    expect(await pending()).toHaveLength(mostPending);
    for (const xid of ids.slice(0, -1)) service.database.commit(xid);
    await service.resume();
    expect(await service.requests.read()).toMatchObject({ dropped: ids.at(-1) });
    service.database.commit(ids.at(-1) ?? '');
    await service.resume();
    expect(await service.requests.read()).toMatchObject({ dropped: undefined, pending: new Map() });
    expect(await service.published()).toBe(service.truth());
    expect(await service.resume()).toEqual({ outcome: 'idle' });
  });

  test('that were dropped during a read are not struck with those that it settled', async () => {
    const ids = Array.from({ length: mostPending + 1 }, () => service.database.begin(['1']));
    await service.refresh({ transactionIds: ids });
    for (const xid of ids) service.database.commit(xid);
    const late = service.database.begin(['2']);
    service.around['requests.settle'] = async (proceed) => {
      service.around['requests.settle'] = undefined;
      const nowMs = service.clock.now();
      await service.requests.record({ transactionIds: [late], nowMs, lease: { owner: 'x', untilMs: 0 } });
      return proceed();
    };
    await service.refresh();
    expect((await service.requests.read())?.dropped ?? (await pending())[0]).toBe(late);
  });
});
