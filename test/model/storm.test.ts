import { describe, expect, test } from '@jest/globals';
import { intercept } from '../fakes/intercept.ts';
import { createModelledSource } from '../fakes/modelled-source.ts';
import { createPublishing } from '../fakes/publishing.ts';
import { createTimeline } from './timeline.ts';

const readMs = 100;
const callMs = 3;

describe('a storm', () => {
  test.each([
    [300, 1_000],
    [600, 50],
    [100, 5_000],
    [2, 10],
  ])(
    'of %i events within %i ms costs 2 reads of the tables and one for each read time',
    async (events, withinMs) => {
      const { reads, published, truth } = await storm({ events, withinMs, commitsAfterMs: 0 });
      expect(reads).toBeLessThanOrEqual(2 + withinMs / readMs);
      expect(published).toBe(truth);
    },
  );

  test('of transactions that are open when their events come costs little more, and loses none', async () => {
    const { reads, published, truth } = await storm({ events: 300, withinMs: 1_000, commitsAfterMs: 40 });
    expect(reads).toBeLessThanOrEqual(4 + 1_000 / readMs);
    expect(published).toBe(truth);
  });
});

/** Each event has its own transaction and its own container. */
async function storm({
  events,
  withinMs,
  commitsAfterMs,
}: Record<'events' | 'withinMs' | 'commitsAfterMs', number>) {
  const { clock, run } = createTimeline();
  const service = createPublishing();
  const { database } = service;
  let reads = 0;
  const slow = <Port extends object>(port: Port) =>
    intercept(port, async ({ method }, proceed) => {
      if (method === 'read' && 'tables' in port) reads += 1;
      await clock.sleep(callMs);
      const result = await proceed();
      await clock.sleep(callMs);
      return result;
    });
  const source = slow(
    createModelledSource(database, { betweenTables: () => clock.sleep(readMs - 2 * callMs) }),
  );
  const ports = {
    pointers: slow(service.pointers),
    blobs: slow(service.blobs),
    requests: slow(service.requests),
  };
  await run(
    Array.from({ length: events }, (_, at) => async () => {
      await clock.sleep((at * withinMs) / events);
      const xid = database.begin([String(1 + (at % 4))]);
      const deadlineMs = clock.now() + 30_000;
      const { refresh } = service.container({ ...ports, source, clock });
      const refreshed = refresh({ transactionIds: [xid], deadlineMs, wait: false, lingerMs: 10_000 });
      await clock.sleep(commitsAfterMs);
      database.commit(xid);
      await refreshed;
    }),
  );
  return { reads, published: await service.published(), truth: service.truth() };
}
