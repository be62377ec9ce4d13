import { describe, expect, test } from '@jest/globals';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { createDatabaseSource } from '../fakes/database-source.ts';
import { intercept } from '../fakes/intercept.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { naiveBody } from '../fakes/records.ts';
import { bodyIn } from '../fakes/stored-body.ts';
import { createTimeline } from './timeline.ts';

const readMs = 100;
const callMs = 3;

describe('a storm', () => {
  test.each([
    [1_000, 1_000],
    [1_000, 50],
    [100, 5_000],
    [2, 10],
  ])(
    'of %i events within %i ms costs 2 reads of the table and one for each read time',
    async (events, withinMs) => {
      const { reads, body, table } = await storm({ events, withinMs, commitsAfterMs: 0 });
      expect(reads).toBeLessThanOrEqual(2 + withinMs / readMs);
      expect(body).toBe(table);
    },
  );

  test('of transactions that are open when their events come costs little more, and loses none', async () => {
    const { reads, body, table } = await storm({ events: 300, withinMs: 1_000, commitsAfterMs: 40 });
    expect(reads).toBeLessThanOrEqual(4 + 1_000 / readMs);
    expect(body).toBe(table);
  });
});

/** Each event comes from a transaction of its own, to a container of its own. */
async function storm({
  events,
  withinMs,
  commitsAfterMs,
}: Record<'events' | 'withinMs' | 'commitsAfterMs', number>) {
  const timeline = createTimeline();
  const { clock } = timeline;
  const database = createModelledDatabase();
  const shared = { store: createMemoryStore(), requests: createMemoryRequests() };
  let reads = 0;
  let owners = 0;

  const slow = <Port extends object>(port: Port) =>
    intercept(port, async (_, proceed) => {
      await clock.sleep(callMs);
      const result = await proceed();
      await clock.sleep(callMs);
      return result;
    });
  const source = intercept(
    createDatabaseSource(database, { betweenPages: () => clock.sleep(readMs - 2 * callMs) }),
    async ({ method }, proceed) => {
      if (method === 'read') reads += 1;
      return proceed();
    },
  );
  const container = () =>
    createRefresher({
      store: slow(shared.store),
      requests: slow(shared.requests),
      source: slow(source),
      epoch: 1,
      clock,
      newOwner: () => `owner ${++owners}`,
      report: () => {},
      sizes: { fillBytes: 1, mostBytes: 2 },
    });

  await timeline.run(
    Array.from({ length: events }, (_, at) => async () => {
      await clock.sleep((at * withinMs) / events);
      const xid = database.begin([String(1 + (at % 4))]);
      const deadlineMs = clock.now() + 30_000;
      const refreshed = container().refresh({
        transactionIds: [xid],
        deadlineMs,
        wait: false,
        lingerMs: 10_000,
      });
      await clock.sleep(commitsAfterMs);
      database.commit(xid);
      await refreshed;
    }),
  );
  return {
    reads,
    body: await bodyIn(shared.store, 'topics'),
    table: naiveBody('topics', database.recordsIn(database.snapshot())),
  };
}
