import type { Context } from 'aws-lambda';
import type { Log } from '../report.ts';
import type { ApplyChange } from './apply-change.ts';
import { type Change, UnknownEventError } from './change.ts';

/**
 * The way of an event that is no HTTP request. What it returns is for whoever invokes the function by hand.
 * It rejects with `event_unknown` for what it does not understand, and otherwise only where a change is not recorded,
 * so that the sender's retry is the right answer to any rejection.
 */
export function eventHandler(
  { parseChange, applyChange }: { parseChange: (event: unknown) => Change; applyChange: ApplyChange },
  { nowMs, log }: { nowMs: () => number; log: Log },
) {
  return async (event: unknown, context: Context): Promise<unknown> => {
    log.begin(context.awsRequestId);
    try {
      const deadlineMs = nowMs() + context.getRemainingTimeInMillis() - 1_000;
      const change = parseChange(event);
      const applied = await applyChange(change, {
        deadlineMs,
        wait: false,
        lingerMs: Number.POSITIVE_INFINITY,
      });
      log.report({ name: 'event.applied', outcome: applied.outcome });
      if (!('head' in applied)) return applied;
      const { outcome, head, pending, unknownColumns } = applied;
      return {
        outcome,
        version: `${head.epoch}.${head.rank}`,
        etag: head.etag,
        count: head.count,
        pending,
        unknownColumns,
      };
    } catch (error) {
      const name = error instanceof UnknownEventError ? 'event.rejected' : 'event.failed';
      log.report({ name, level: 'error', cause: error });
      throw error;
    }
  };
}
