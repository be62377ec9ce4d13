import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createContainer, readWhole } from './container.ts';
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
    parts = await startParts({ onPointer: (line) => lines.push(line) });
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
  const pointer = () => parts.stores.pointers.read();
  const container = () => createContainer(parts.settings(), { report: () => {} });
  /** Reads like a container with empty memory. */
  const loaded = () => readWhole(container(), 'topics');
  const generations = () =>
    new Set(
      linesOf(lines, 'pointer').flatMap(({ generation, entries }) =>
        entries.length > 0 ? [generation] : [],
      ),
    );
  const refresh = () =>
    container().refresher.refresh({ deadlineMs: Date.now() + 5_000, wait: true, lingerMs: 0 });
  async function expectCurrent() {
    const { entry, table } = await loaded();
    expect(entry.etag).toBe((await parts.tableHashes())[table.form]);
  }

  test('a container that is killed between its chunks and the pointer leaves the old generation whole, and the next publishes', async () => {
    const before = await pointer();
    const held = parts.dynamoDb.holdPointer();
    await change();
    const refreshed = refreshers.once('event', []);
    await held.arrived; // every chunk is written by now
    await refreshers.kill();
    expect(await refreshed).toBe(false);
    expect(await loaded()).toMatchObject({ from: 'store', version: before?.generation });

    expect(await refreshers.once('caller', [])).toBe(true);
    await expectCurrent();
    expect(generations().size).toBe(2);
  }, 30_000);

  test('a late pointer of a container frozen beyond its lease is refused', async () => {
    const held = parts.dynamoDb.holdPointer();
    await change();
    const frozen = refreshers.once('event', []);
    await held.arrived;
    const thawed = refreshers.freeze(2 * timeoutMs);

    await sleep(1.2 * timeoutMs); // until the lease is over: another process holds it by its clock
    await change();
    expect(await refresh()).toMatchObject({ outcome: 'published' });
    const after = await pointer();
    held.letThrough();
    await thawed;
    await frozen;

    expect((await pointer())?.generation).toBe(after?.generation);
    await expectCurrent();
    expect(generations().size).toBe(2);
  }, 30_000);

  test('after a deletion of the refresh item during a read, every later commit is published before its caller is answered', async () => {
    const writer = await parts.database.pool.connect();
    await writer.query("BEGIN; UPDATE bbs_topic SET comment = 'late' WHERE id < 5000");
    const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS xid');
    const held = parts.dynamoDb.holdPointer();
    const first = refreshers.once('event', [String(rows[0]?.xid)]);
    await held.arrived;
    await parts.deleteRefreshItem();
    await writer.query('COMMIT');
    writer.release();
    for (let times = 0; times < 3; times += 1) {
      const asked = refresh();
      held.letThrough();
      expect(['published', 'unchanged', 'coalesced']).toContain((await asked).outcome);
      await expectCurrent();
      await change();
    }
    await first;
  }, 30_000);
});

test('clocks that are minutes apart break no rule', async () => {
  const minuteMs = 60_000;
  const clockOffsetsMs = [-3 * minuteMs, 3 * minuteMs];
  const { lines, violations } = await run({ seed: 2, seconds: 5, mishaps: false, clockOffsetsMs });
  expect(violations).toEqual([]);
  // Both took part; either may have the lease and publish.
  expect(new Set(linesOf(lines, 'refresh').map(({ process }) => process)).size).toBe(2);
}, 60_000);
