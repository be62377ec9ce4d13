import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createContainer } from './container.ts';
import { type Line, linesOf } from './line.ts';
import { type Parts, startParts } from './parts.ts';
import { type Refreshers, startRefreshers, timeoutMs } from './refreshers.ts';
import { run } from './run.ts';

describe('with real processes', () => {
  let parts: Parts;
  let refreshers: Refreshers;
  let lines: Line[];
  beforeEach(async () => {
    lines = [];
    parts = await startParts({ onHead: (line) => lines.push(line) });
    refreshers = startRefreshers({
      ...{ containers: [parts.settings()], random: () => 0, on: (line) => lines.push(line) },
    });
    await refreshers.ready();
    await refreshers.once('caller', []);
  }, 30_000);
  afterEach(async () => {
    await refreshers.stop();
    await parts.close();
  });

  const change = () =>
    parts.database.pool.query("UPDATE bbs_topic SET comment = 'changed ' || now() WHERE id < 5000");
  const headWritten = () => createContainer(parts.settings(), { report: () => {} }).shared.store.readHead();
  /** As a container does that has nothing in memory. */
  const loaded = async () => {
    const { load } = createContainer(parts.settings(), { report: () => {} }).shared;
    return load(undefined, Date.now() + 5_000);
  };

  test('a container that is killed between its chunks and its head leaves the old snapshot whole, and the next publishes', async () => {
    const before = await headWritten();
    const held = parts.dynamoDb.holdHead();
    await change();
    const refreshed = refreshers.once('event', []);
    await held.arrived; // every chunk is written by now
    await refreshers.kill();
    expect(await refreshed).toBe(false);
    expect(await loaded()).toMatchObject({ from: 'store', snapshot: { head: before } });

    expect(await refreshers.once('caller', [])).toBe(true);
    expect((await loaded()).snapshot.head.etag).toBe(await parts.tableHash());
    expect(linesOf(lines, 'head')).toHaveLength(2);
  }, 30_000);

  test('a container that stands still for longer than its lease, and whose head then arrives late, does no harm', async () => {
    const held = parts.dynamoDb.holdHead();
    await change();
    const frozen = refreshers.once('event', []);
    await held.arrived;
    const thawed = refreshers.freeze(2 * timeoutMs);

    await sleep(1.2 * timeoutMs); // until the lease is over
    await change();
    const { refresher } = createContainer(parts.settings(), { report: () => {} }).shared;
    const deadlineMs = Date.now() + 5_000;
    expect(await refresher.refresh({ deadlineMs, wait: true, lingerMs: 0 })).toMatchObject({
      outcome: 'published',
    });
    const after = await headWritten();
    held.letThrough();
    await thawed;
    await frozen;

    expect(await headWritten()).toEqual(after);
    expect(after?.etag).toBe(await parts.tableHash());
    expect((await loaded()).snapshot.head).toEqual(after);
    expect(linesOf(lines, 'head')).toHaveLength(2);
  }, 30_000);
});

test('clocks that are minutes apart do no harm', async () => {
  const minuteMs = 60_000;
  const clockOffsetsMs = [-3 * minuteMs, 3 * minuteMs];
  const { lines, violations } = await run({ seed: 2, seconds: 5, mishaps: false, clockOffsetsMs });
  expect(violations).toEqual([]);
  // Both took part. Which of them has the lease, and so publishes, is the machine's choice.
  expect(new Set(linesOf(lines, 'refresh').map(({ process }) => process)).size).toBe(2);
}, 60_000);
