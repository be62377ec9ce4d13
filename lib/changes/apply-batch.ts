import type { Report } from '../report.ts';
import type { ApplyChange } from './apply-change.ts';
import type { Batch, BatchRecord } from './batch.ts';
import type { Change } from './change.ts';
import { UnknownEventError } from './parse-change.ts';

/** What SQS and Kinesis are told: these records again, the others never. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Serves a batch with one refresh, however many records announce changes. A record that is no event is rejected: an SQS
 * queue gets it back, for its dead-letter queue; to a stream it would come again until it expires, so there it is only
 * counted.
 *
 * @throws what a refresh throws: nothing of the batch is done then
 */
export async function applyBatch(
  { sender, records }: Batch,
  {
    parseChange,
    applyChange,
    report,
  }: { parseChange: (event: unknown) => Change; applyChange: ApplyChange; report: Report },
  how: Parameters<ApplyChange>[1],
): Promise<BatchResponse> {
  const changes = new Map<string, Set<string>>();
  const rejected: BatchRecord[] = [];
  for (const record of records) {
    try {
      const change = parseChange(record.event);
      if (change.kind !== 'change') continue; // schedules invoke the function themselves
      const transactionIds = changes.get(change.relation) ?? new Set();
      for (const transactionId of change.transactionIds) transactionIds.add(transactionId);
      changes.set(change.relation, transactionIds);
    } catch (error) {
      if (!(error instanceof UnknownEventError)) throw error;
      rejected.push(record);
      report({ name: 'event.rejected', level: 'error', sender, record: record.id, cause: error });
    }
  }
  for (const [relation, transactionIds] of changes)
    await applyChange({ kind: 'change', relation, transactionIds: [...transactionIds] }, how);
  return { batchItemFailures: sender === 'sqs' ? rejected.map(({ id }) => ({ itemIdentifier: id })) : [] };
}
