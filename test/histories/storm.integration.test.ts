import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Refresher } from '../../lib/publishing/refresher.ts';
import type { ReportedEvent } from '../../lib/report.ts';
import { createContainer } from './container.ts';
import { monotonicMs } from './monotonic.ts';
import { startParts } from './parts.ts';

const changes = 1_000;
const containers = 20;
const withinMs = 900;
const atOnce = 50;
const change = "UPDATE bbs_topic SET comment = 'change ' || $1::int + id WHERE id <= 250 * $2::int";

test('a storm of events costs as many reads of the table as fit into its time one after another, and two', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const parts = await startParts();
  cleanUp.defer(() => parts.close());
  const done: ReportedEvent[] = [];
  const report = (event: ReportedEvent) => {
    if (event.name === 'refresh.done') done.push(event);
  };
  const settings = { ...parts.settings(), dynamoDbUrl: parts.dynamoDb.directUrl };
  const refreshers = Array.from(
    { length: containers },
    () => createContainer(settings, { report }).refresher,
  );

  const startMs = monotonicMs();
  const waiting: number[] = [];
  let sent = 0;
  async function send() {
    for (; sent < changes; sent += atOnce) {
      await sleep(Math.max(0, startMs + (sent * withinMs) / changes - monotonicMs()));
      await parts.database.pool.query(change, [sent, atOnce]);
      waiting.push(...Array.from({ length: atOnce }, (_, at) => sent + at));
    }
  }
  /** Like Lambda: a container runs one event at a time. */
  async function work(refresher: Refresher) {
    const how = { wait: false, lingerMs: Number.POSITIVE_INFINITY };
    while (sent < changes || waiting.length > 0)
      if (waiting.shift() === undefined)
        await sleep(1); // Lambda's queue is polled too
      else await refresher.refresh({ ...how, deadlineMs: Date.now() + 60_000 });
  }
  const working = Promise.allSettled(refreshers.map(work));
  await send();
  const sendingMs = monotonicMs() - startMs;
  const failed = (await working).filter(({ status }) => status === 'rejected');
  const durationMs = monotonicMs() - startMs;

  const reads = done.length;
  const readMs = done.reduce((sum, event) => sum + Number(event['refreshMs']), 0) / reads;
  process.stderr.write(
    `  storm: ${changes} events in ${Math.round(sendingMs)} ms, served in ${Math.round(durationMs)} ms by ${containers} refreshers; ` +
      `${reads} reads of ${Math.round(readMs)} ms each on average\n`,
  );
  expect(sendingMs).toBeLessThan(1_500); // a second, plus tolerance for a busy machine
  expect(failed).toEqual([]);
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(2 + durationMs / readMs);
  const [entry] = (await parts.stores.pointers.read())?.tables['topics'] ?? [];
  expect(entry?.etag).toBe((await parts.tableHashes())[entry?.form ?? '']);
}, 60_000);
