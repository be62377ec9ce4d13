import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sweep } from '../../lib/publishing/sweep.ts';
import { until } from '../support/until.ts';
import { type Parts, startParts } from './parts.ts';
import { type Refreshers, startRefreshers } from './refreshers.ts';

let parts: Parts;
let refreshers: Refreshers;
beforeEach(async () => {
  parts = await startParts({ onPointer: () => {} });
  refreshers = startRefreshers({ containers: [parts.settings()], random: () => 0, on: () => {} });
  await refreshers.ready();
  await refreshers.once('caller', []);
}, 60_000);
afterEach(async () => {
  await refreshers.stop();
  await parts.close();
});

test('a container frozen while a sweep deletes its chunks reads again, and publishes existing chunks', async () => {
  const { pointers } = parts.stores;
  const before = await pointers.read();
  const held = parts.dynamoDb.holdPointer();
  await parts.database.pool.query("UPDATE bbs_topic SET comment = 'changed' WHERE id < 5000");
  let refreshed: Promise<boolean>;
  do refreshed = refreshers.once('event', []);
  while (await Promise.race([held.arrived.then(() => false), refreshed.then(() => true)])); // the refresh timed out
  // Every chunk is stored, and no pointer names them.
  const deps = {
    ...parts.stores,
    nowMs: Date.now,
    newId: randomUUID,
    report: () => {},
    historyForMs: 60_000,
  };
  const { deletedBlobs } = await sweep(deps, { deadlineMs: Number.POSITIVE_INFINITY });
  expect(deletedBlobs).toBeGreaterThan(0);
  held.letThrough();
  await refreshed;
  expect((await parts.unmatchedBlobs()).missing).toEqual([]);

  await until('a refresh ends well', () => refreshers.once('caller', []), { everyMs: 100 });
  expect((await pointers.read())?.generation).toBeGreaterThan(before?.generation ?? 0);
  expect((await parts.unmatchedBlobs()).missing).toEqual([]);
}, 60_000);
