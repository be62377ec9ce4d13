import type { Report } from '../report.ts';
import type { ApplyChange } from './apply-change.ts';
import { type BatchRecord, eventIn, isTombstone } from './batch.ts';
import type { Change, TableChange } from './change.ts';
import { RejectedEventError } from './rejected-event-error.ts';

/** The response to SQS and Kinesis: retry these records and no others. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The number of transaction ids that one refresh can record. */
const mostTransactions = 1_000;

/**
 * Serves a batch with one refresh for all its records and tables. A rejected record returns to its SQS queue, and from there
 * to the dead-letter queue. A stream would redeliver it until it expires, so a record of a stream is only reported.
 * @throws the refresh's error, or RejectedEventError for too many transactions: then no record of the batch is served
 */
export async function applyBatch(
  records: readonly BatchRecord[],
  {
    parseChange,
    applyChange,
    report,
  }: { parseChange: (event: unknown) => Change; applyChange: ApplyChange; report: Report },
  how: Parameters<ApplyChange>[1],
): Promise<BatchResponse> {
  const changes: Change[] = [];
  const rejected: BatchRecord[] = [];
  for (const record of records) {
    try {
      changes.push(
        isTombstone(record) ? { kind: 'ignored', reason: 'tombstone' } : parseChange(eventIn(record)),
      );
    } catch (error) {
      if (!(error instanceof RejectedEventError)) throw error;
      rejected.push(record);
      report({
        name: 'event.rejected',
        level: 'error',
        sender: record.sender,
        record: record.id,
        cause: error,
      });
    }
  }

  const reasons = changes.flatMap((change) => (change.kind === 'ignored' ? [change.reason] : []));
  if (reasons.length > 0)
    report({ name: 'event.skipped', skipped: reasons.length, reasons: [...new Set(reasons)] });
  const tableChanges = changes.filter((change) => change.kind === 'change');
  if (tableChanges.length > 0) await applyChange(merged(tableChanges), how);
  else if (changes.some(({ kind }) => kind === 'schedule')) await applyChange({ kind: 'schedule' }, how);

  const failed = rejected.filter(({ sender }) => sender === 'sqs');
  return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
}

function merged(changes: readonly TableChange[]): TableChange {
  const transactionIds = new Set(changes.flatMap((change) => change.transactionIds));
  if (transactionIds.size > mostTransactions)
    throw new RejectedEventError(
      'event_too_large',
      `The batch names ${transactionIds.size} transactions, and a refresh takes ${mostTransactions}: configure the event source with a smaller batch size.`,
    );
  const announcedAtMs = Math.min(
    ...changes.map((change) => change.announcedAtMs ?? Number.POSITIVE_INFINITY),
  );
  return {
    kind: 'change',
    relations: [...new Set(changes.flatMap(({ relations }) => relations))],
    mentioned: [...new Set(changes.flatMap(({ mentioned = [] }) => mentioned))],
    transactionIds: [...transactionIds],
    ...(Number.isFinite(announcedAtMs) ? { announcedAtMs } : {}),
  };
}
