import { expect, test } from '@jest/globals';
import { applyBatch } from '../../lib/changes/apply-batch.ts';
import type { Batch } from '../../lib/changes/batch.ts';
import type { Change } from '../../lib/changes/change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import type { ReportedEvent } from '../../lib/report.ts';

const how = { deadlineMs: 1_000, wait: false, lingerMs: 0 };
const own = (transactionId: string, table = 'bbs_topic') => ({
  source: 'offload',
  schema: 'public',
  table,
  operation: 'UPDATE',
  transactionId,
});

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
  return { applied, reported, apply: (batch: Batch) => applyBatch(batch, deps, how) };
}

test('a batch costs one refresh for each table, with all its transactions', async () => {
  const { apply, applied } = service();
  const events = [own('1'), own('2'), own('1'), own('3', 'bbs_other')];
  await apply({ sender: 'kinesis', records: events.map((event, at) => ({ id: String(at), event })) });
  expect(applied).toEqual([
    { kind: 'change', relation: 'public.bbs_topic', transactionIds: ['1', '2'] },
    { kind: 'change', relation: 'public.bbs_other', transactionIds: ['3'] },
  ]);
});

test.each([
  ['sqs', [{ itemIdentifier: 'bad' }]],
  ['kinesis', []],
  ['sns', []],
] as const)(
  'a record that is no event is counted; only a queue is asked to keep it: %s',
  async (sender, failures) => {
    const { apply, applied, reported } = service();
    const records = [
      { id: 'bad', event: { hello: 1 } },
      { id: 'good', event: own('1') },
    ];
    expect(await apply({ sender, records })).toEqual({ batchItemFailures: failures });
    expect(applied).toHaveLength(1);
    expect(reported).toEqual([expect.objectContaining({ name: 'event.rejected', record: 'bad' })]);
  },
);

test('a refresh that fails fails the batch, so that the sender keeps all of it', async () => {
  const { apply } = service({ fails: true });
  await expect(apply({ sender: 'sqs', records: [{ id: 'a', event: own('1') }] })).rejects.toThrow(
    'cannot be read',
  );
});
