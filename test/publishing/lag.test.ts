import { beforeEach, describe, expect, test } from '@jest/globals';
import { StoreError } from '../../lib/stores/store-error.ts';
import { createPublishing, type Publishing } from '../fakes/publishing.ts';

let service: Publishing;
beforeEach(async () => {
  service = createPublishing();
  await service.refresh();
});
const lags = () =>
  service.events.flatMap(({ name, lagMs }) => (name === 'change.visible' ? [lagMs] : [])).map(Number);
const ago = (ms: number) => service.clock.now() - ms;

describe('the lag of a change is reported once, from its announcement to the read that shows it', () => {
  test('by the event that reads', async () => {
    await service.refresh({ transactionIds: [service.change()], announcedAtMs: ago(700) });
    expect(lags()).toEqual([700]);
  });

  test('by the read of another that an event has left it to', async () => {
    await service.leaseTaken(10_000);
    const request = { transactionIds: [service.change()], announcedAtMs: ago(700) };
    expect(await service.refresh(request)).toEqual({ outcome: 'recorded' });
    expect(lags()).toEqual([]);
    service.clock.advance(11_000);
    await service.resume();
    expect(lags()).toEqual([11_700]);
    service.change();
    await service.refresh();
    expect(lags()).toEqual([11_700]);
  });

  test('by the read after the commit, of a transaction that was still running', async () => {
    const xid = service.database.begin(['1']);
    await service.refresh({ transactionIds: [xid], announcedAtMs: ago(100) });
    expect(lags()).toEqual([]);
    service.clock.advance(5_000);
    service.database.commit(xid);
    await service.resume();
    expect(lags()).toHaveLength(1);
    expect(lags()[0]).toBeGreaterThanOrEqual(5_100);
  });

  test('of several that one read shows, by the one that waited longest', async () => {
    await service.leaseTaken(1_000);
    await service.refresh({ transactionIds: [service.change()], announcedAtMs: ago(300) });
    await service.refresh({ transactionIds: [service.change()], announcedAtMs: ago(900) });
    service.clock.advance(2_000);
    await service.refresh({ announcedAtMs: ago(10) });
    expect(lags()).toEqual([2_900]);
  });

  test('by a caller that waits for another’s read, where the change names no transaction', async () => {
    service.change();
    await service.leaseTaken(100);
    await service.refresh({ announcedAtMs: ago(50), wait: true });
    expect(lags()).toHaveLength(1);
  });

  test('not while a table is left out', async () => {
    service.leavesOut.set('tags', { reason: 'locked', error: new StoreError('a test', new Error('locked')) });
    await service.refresh({ transactionIds: [service.change()], announcedAtMs: ago(100) });
    expect(lags()).toEqual([]);
    service.leavesOut.clear();
    await service.resume();
    expect(lags()).toHaveLength(1);
  });
});

test.each([
  ['ahead', -60_000, 0],
  ['days behind', 3 * 24 * 60 * 60_000, 60 * 60_000],
])('an announcer whose clock is %s loses no change, and its lag is bounded', async (_, ms, lagMs) => {
  const xid = service.database.begin(['1']);
  await service.refresh({ transactionIds: [xid], announcedAtMs: ago(ms) });
  expect([...((await service.requests.read())?.pending.keys() ?? [])]).toEqual([xid]);
  service.database.commit(xid);
  await service.resume();
  expect(await service.published()).toBe(service.truth());
  expect(lags()).toHaveLength(1);
  expect(lags()[0]).toBeGreaterThanOrEqual(lagMs);
  expect(lags()[0]).toBeLessThan(lagMs + 100);
});
