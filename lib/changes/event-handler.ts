import type { Context } from 'aws-lambda';
import { deadlineOf } from '../clock.ts';
import type { Log } from '../report.ts';
import { applyBatch } from './apply-batch.ts';
import type { ApplyChange } from './apply-change.ts';
import { parseBatch } from './batch.ts';
import type { Change } from './change.ts';
import { RejectedEventError } from './rejected-event-error.ts';

/**
 * Handles an event, or a batch of events, that is not an HTTP request. The result is for manual invocations, and for the
 * sender of a batch.
 * @throws RejectedEventError for an event that can never be served; the refresh's error, after which a retry is safe
 */
export function eventHandler(
  { parseChange, applyChange }: { parseChange: (event: unknown) => Change; applyChange: ApplyChange },
  { nowMs, log }: { nowMs: () => number; log: Log },
) {
  const handle = async (event: unknown, context: Context): Promise<unknown> => {
    try {
      const deadlineMs = deadlineOf(context, nowMs);
      const how = { deadlineMs, wait: false, lingerMs: Number.POSITIVE_INFINITY };
      const batch = parseBatch(event);
      if (batch !== undefined)
        return await applyBatch(batch, { parseChange, applyChange, report: log.report }, how);

      const change = parseChange(event);
      const applied = await applyChange(change, how);
      const heartbeat = change.kind === 'schedule' ? { heartbeat: 1 } : {};
      log.report({ name: 'event.applied', outcome: applied.outcome, ...heartbeat });
      if (!('pointer' in applied)) return applied;
      const { outcome, pointer, pending, leftOut, held, unknownColumns } = applied;
      return {
        outcome,
        version: pointer.generation,
        pending,
        leftOut: [...leftOut].map(([table, { reason, error }]) => ({ table, reason, code: error.code })),
        held,
        unknownColumns: Object.fromEntries(unknownColumns),
      };
    } catch (error) {
      const name = error instanceof RejectedEventError ? 'event.rejected' : 'event.failed';
      log.report({ name, level: 'error', cause: error });
      throw error;
    }
  };
  return (event: unknown, context: Context) => log.run(context.awsRequestId, () => handle(event, context));
}
