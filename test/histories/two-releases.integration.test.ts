import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createReported } from '../fakes/reported.ts';
import { createContainer, createDynamoDbClient, readWhole } from './container.ts';
import { type Parts, startParts } from './parts.ts';

let parts: Parts;
beforeEach(async () => {
  parts = await startParts();
}, 30_000);
afterEach(() => parts.close());

/** Not even a busy machine is taken for an outage of the cache, in which each container reads the tables itself. */
const patience = { connectMs: 20_000, answerMs: 20_000, mostTries: 3 };

/** A container of a release, which reads the tables if no list of its form is published. */
function containerOf(release: 0 | 1) {
  const { report, events } = createReported();
  const settings = parts.settings({ release });
  const dynamoDb = createDynamoDbClient(settings.dynamoDbUrl, patience);
  const container = createContainer(settings, { report, dynamoDb });
  const { refresher, tables } = container;
  const deadlineMs = () => Date.now() + 10_000;
  return {
    refresher,
    /** Refreshes like an event: continues while later requests arrive. */
    event: (transactionIds: string[] = [], ms = 10_000) =>
      refresher.refresh({
        ...{ transactionIds, deadlineMs: Date.now() + ms, wait: false },
        lingerMs: Number.POSITIVE_INFINITY,
      }),
    refresh: (transactionIds: string[] = []) =>
      refresher.refresh({ transactionIds, deadlineMs: deadlineMs(), wait: true, lingerMs: 0 }),
    schedule: () => refresher.resume({ deadlineMs: deadlineMs() }),
    list: () => readWhole(container, 'topics'),
    form: tables[0].form,
    events,
    reads: () => events.filter(({ name }) => name === 'refresh.done').length,
  };
}

const change = (title: string) =>
  parts.database.pool.query('UPDATE bbs_topic SET title = $1 WHERE id < 5000', [title]);

test('a commit that one release publishes reaches the lists of another', async () => {
  const [old, next] = [containerOf(0), containerOf(1)];
  const writer = await parts.database.pool.connect();
  await writer.query("BEGIN; UPDATE bbs_topic SET title = '7' WHERE id < 5000");
  const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS xid');
  await old.refresh([String(rows[0]?.xid)]);
  await next.list(); // both releases include the request, and neither includes the transaction
  await writer.query('COMMIT');
  writer.release();

  await old.schedule();
  const hashes = await parts.tableHashes();
  expect((await old.list()).entry.etag).toBe(hashes[old.form]);
  expect((await next.list()).entry.etag).toBe(hashes[next.form]);
}, 30_000);

test('each event costs at most one more read, and each release serves its own form', async () => {
  const [old, next] = [containerOf(0), containerOf(1)];
  await old.refresh();
  const events = 20;
  for (let n = 1; n <= events; n += 1) {
    await change(String(n));
    await (n % 3 === 0 ? next : old).event();
    // Several requests at once, and one after them.
    const lists = await Promise.all([old.list(), next.list(), next.list(), old.list()]);
    lists.push(await next.list(), await old.list());
    const hashes = await parts.tableHashes();
    for (const { entry } of lists) expect(entry.etag).toBe(hashes[entry.form]);
    expect(lists.map(({ entry }) => entry.form)).toEqual(
      [old, next, next, old, next, old].map(({ form }) => form),
    );
  }
  const isMore = old.reads() + next.reads() > 1 + 2 * events;
  expect(isMore ? { old: old.events, next: next.events } : {}).toEqual({}); // shows what else happened
}, 60_000);

test('a container busy with the events of one release does not delay the lists of another', async () => {
  const [old, next] = [containerOf(0), containerOf(1)];
  await old.refresh();
  let isBusy = true;
  const busy = old.event([], 20_000);
  const events = (async () => {
    for (let n = 1; isBusy; n += 1) {
      await change(String(n));
      await containerOf(0).event();
      await sleep(10); // an event comes every 10 ms or so, and a list below every 50 ms
    }
  })();
  const lastedMs: number[] = [];
  for (let n = 1; n <= 10; n += 1) {
    const startMs = performance.now();
    const { entry, stale } = await next.list();
    lastedMs.push(performance.now() - startMs);
    expect({ form: entry.form, stale }).toEqual({ form: next.form, stale: false });
    await sleep(50);
  }
  isBusy = false;
  await events;
  await busy;
  expect(Math.max(...lastedMs)).toBeLessThan(10_000);
}, 60_000);
