import { describe, expect, test } from '@jest/globals';
import { applyBatch } from '../../lib/changes/apply-batch.ts';
import type { BatchRecord } from '../../lib/changes/batch.ts';
import type { Change } from '../../lib/changes/change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import type { ReportedEvent } from '../../lib/report.ts';

const how = { deadlineMs: 1_000, wait: false, lingerMs: 0 };
const own = (transactionId: string, more: object = {}) => ({
  source: 'offload',
  schema: 'public',
  table: 'bbs_topic',
  operation: 'UPDATE',
  transactionId,
  ...more,
});
const schedule = { source: 'offload', schedule: true };
const control = (table: string) => ({
  metadata: {
    'record-type': 'control',
    operation: 'create-table',
    'schema-name': 'public',
    'table-name': table,
  },
});

const recordsOf = (sender: BatchRecord['sender'], events: readonly unknown[]): BatchRecord[] =>
  events.map((event, at) => ({
    sender,
    id: String(at),
    text: typeof event === 'string' ? event : JSON.stringify(event),
  }));

function service({ fails = false } = {}) {
  const applied: Change[] = [];
  const reported: ReportedEvent[] = [];
  const deps = {
    parseChange,
    applyChange: async (change: Change) => {
      if (fails) throw new Error('the table cannot be read');
      applied.push(change);
      return { outcome: 'recorded' } as const;
    },
    report: (event: ReportedEvent) => void reported.push(event),
  };
  return { applied, reported, apply: (records: BatchRecord[]) => applyBatch(records, deps, how) };
}

test('a batch costs one refresh for all its tables and transactions, announced when the first of them was', async () => {
  const { apply, applied } = service();
  const events = [
    own('1', { announcedAt: 1_002 }),
    own('2', { announcedAt: 1_001 }),
    own('1'),
    own('3', { table: 'bbs_other', announcedAt: 1_003 }),
    control('bbs_third'),
    schedule,
  ];
  await apply(recordsOf('kinesis', events));
  expect(applied).toEqual([
    {
      kind: 'change',
      relations: ['public.bbs_topic', 'public.bbs_other'],
      mentioned: ['public.bbs_third'],
      transactionIds: ['1', '2', '3'],
      announcedAtMs: 1_001,
    },
  ]);
});

test('a batch of schedules resumes once', async () => {
  const { apply, applied } = service();
  await apply(recordsOf('sqs', [schedule, schedule]));
  expect(applied).toEqual([{ kind: 'schedule' }]);
});

test.each([
  ['sqs', [{ itemIdentifier: '0' }, { itemIdentifier: '2' }]],
  ['kinesis', []],
  ['sns', []],
] as const)(
  'a record that is rejected is reported; only a queue is asked to keep it: %s',
  async (sender, failures) => {
    const { apply, applied, reported } = service();
    const records = recordsOf(sender, [{ hello: 1 }, own('1'), 'no JSON']);
    expect(await apply(records)).toEqual({ batchItemFailures: failures });
    expect(applied).toHaveLength(1);
    expect(reported).toMatchObject([
      { name: 'event.rejected', level: 'error', record: '0', cause: { code: 'event_unknown' } },
      { name: 'event.rejected', level: 'error', record: '2', cause: { code: 'event_unknown' } },
    ]);
  },
);

test('records without rows are counted in one log line, without a failure', async () => {
  const { apply, applied, reported } = service();
  const records = recordsOf('sqs', ['', 'null', 'default', { ts_ms: 1 }, { status: 'BEGIN', id: '571:1' }]);
  expect(await apply(records)).toEqual({ batchItemFailures: [] });
  expect(applied).toEqual([]);
  expect(reported).toEqual([
    {
      name: 'event.skipped',
      skipped: 5,
      reasons: ['tombstone', 'heartbeat of Debezium', 'transaction record of Debezium'],
    },
  ]);
});

describe('a batch names at most 1,000 transactions', () => {
  const ids = (count: number) =>
    recordsOf(
      'sqs',
      Array.from({ length: count }, (_, n) => own(String(n + 1))),
    );

  test('of which one refresh takes all', async () => {
    const { apply, applied } = service();
    await apply([...ids(1_000), ...ids(1_000)]);
    expect(applied).toMatchObject([{ transactionIds: { length: 1_000 } }]);
  });

  test('and with more it is refused as a whole', async () => {
    const { apply, applied } = service();
    await expect(apply(ids(1_001))).rejects.toMatchObject({
      code: 'event_too_large',
      message: expect.stringContaining('1001 transactions'),
    });
    expect(applied).toEqual([]);
  });
});

test('a refresh that fails fails the batch, so that the sender keeps all of it', async () => {
  const { apply } = service({ fails: true });
  await expect(apply(recordsOf('sqs', [own('1')]))).rejects.toThrow('cannot be read');
});
