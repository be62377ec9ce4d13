import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { deadlineOf } from '../lib/clock.ts';
import { sweep } from '../lib/publishing/sweep.ts';
import { wire } from './wiring.ts';

/** The progress that an unfinished run returned, as input for the run that continues it. */
const Resuming = z.object({ resume: z.object({ number: z.int(), cursor: z.optional(z.string()) }) });

const { config, nowMs, log, report, shared } = wire('sweep');

/**
 * Deletes the blobs that no kept generation names. The schedule invokes it; only this function may scan and delete.
 */
export const handler = (
  event: unknown,
  context: { awsRequestId: string; getRemainingTimeInMillis(): number },
) =>
  log.run(context.awsRequestId, async () => {
    if (shared === undefined) return { outcome: 'done' };
    const { data } = z.safeParse(Resuming, event); // any event without progress begins a new sweep
    const resume = data && { number: data.resume.number, cursor: data.resume.cursor };
    const { pointers, blobs } = shared;
    const historyForMs = config.historyForS * 1_000;
    return sweep(
      { pointers, blobs, nowMs, newId: randomUUID, report, historyForMs },
      { resume, deadlineMs: deadlineOf(context, nowMs) - 5_000 },
    );
  });
