import { expect, test } from '@jest/globals';
import { CodedError } from '../../lib/errors.ts';
import { reset } from '../../lib/publishing/operator.ts';
import { readTables } from '../../lib/stores/read-manifest.ts';
import { type Status, statusLines } from '../../scripts/status/status-lines.ts';
import { createPublishing } from '../fakes/publishing.ts';

async function statusOf(service: ReturnType<typeof createPublishing>): Promise<Status> {
  const pointer = await service.pointers.read();
  return {
    title: 'offload prod',
    nowMs: service.clock.now(),
    pointer,
    tables: pointer === undefined ? {} : await readTables(service.blobs, pointer),
    requests: await service.requests.read(),
  };
}

test('before the first publication says so', async () => {
  expect(statusLines(await statusOf(createPublishing()))).toEqual([
    'offload prod',
    'version   nothing is published yet',
  ]);
});

test('has the version, its age, the rows of each table, and open work', async () => {
  const service = createPublishing();
  await service.refresh();
  const { generation } = await service.pointer();
  service.clock.advance(5_000);
  expect(statusLines(await statusOf(service))).toEqual([
    'offload prod',
    `version   ${generation}, published 5 s ago`,
    'read      5 s ago',
    'table     topics: 4 rows, changed 5 s ago',
    'table     tags: 3 rows, changed 5 s ago',
    'requests  all served',
    'pending   0 transactions',
  ]);
});

test('after a reset has no read and no age', async () => {
  const service = createPublishing();
  await service.refresh();
  await reset(service.operating);
  expect(statusLines(await statusOf(service))).toContain('read      not since the reset');
});

test('names held tables, frozen tables, and running transactions', async () => {
  const service = createPublishing();
  const { refresh } = service.container({ mayLose: 0.5 });
  const go = (transactionIds: string[] = []) =>
    refresh({ wait: false, lingerMs: 0, deadlineMs: service.clock.now() + 5_000, transactionIds });
  await go();
  service.database.commit(service.database.begin(['topics/1'], { empties: 'tags' }));
  service.clock.advance(1_000);
  service.leavesOut.set('topics', {
    reason: 'locked',
    error: new CodedError('table_locked', 'It is locked.'),
  });
  await go([service.database.begin(['topics/2'])]);
  const lines = statusLines(await statusOf(service)).join('\n');
  expect(lines).toMatch(/topics: 4 rows, .*; frozen: the last refresh could not read it/);
  expect(lines).toMatch(/tags: 3 rows, .*; HELD: the new state has 1 rows, see snapshots accept/);
  expect(lines).toMatch(/pending {3}1 transactions, the oldest since \d+ (ms|s)/);
});

test('of a deployed stage has lag, failed events, alarms and errors', async () => {
  const service = createPublishing();
  await service.refresh();
  const status = await statusOf(service);
  const aws = {
    lagMs: 812.4,
    failedEvents: 2,
    alarms: [
      { name: 'offload-prod-lag', state: 'ALARM', hasAction: true },
      { name: 'offload-prod-broken', state: 'OK', hasAction: false },
    ],
    failures: [{ atMs: status.nowMs - 60_000, text: 'event.failed database_unavailable It sleeps.' }],
  };
  expect(statusLines({ ...status, aws })).toEqual(
    expect.arrayContaining([
      'lag       812 ms (p95 of the last hour)',
      'failed    2 events in the queue',
      'alarms    1 of 2 fire; 1 have no action: set alarmTopicArn',
      'ALARM     offload-prod-lag',
      'error     60 s ago: event.failed database_unavailable It sleeps.',
    ]),
  );
});
