import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { deadlineOf } from '../lib/clock.ts';
import { sweep } from '../lib/publishing/sweep.ts';
import { wireSweep } from './wiring.ts';

/** What an unfinished run has returned as its progress, for the run that goes on with it. */
const Resuming = z.object({ resume: z.object({ number: z.int(), cursor: z.optional(z.string()) }) });

const { pointers, blobs, historyForMs, nowMs, report } = wireSweep();

/** Deletes what no kept generation names. The schedule invokes it; it alone may scan and delete. */
export const handler = async (event: unknown, context: { getRemainingTimeInMillis(): number }) => {
  const { data } = z.safeParse(Resuming, event); // whatever the schedule sends begins a new sweep
  const resume = data && { number: data.resume.number, cursor: data.resume.cursor };
  return sweep(
    { pointers, blobs, nowMs, newId: randomUUID, report, historyForMs },
    { resume, deadlineMs: deadlineOf(context, nowMs) - 5_000 },
  );
};
