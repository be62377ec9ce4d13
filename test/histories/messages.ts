import * as z from 'zod';
import { Line } from './line.ts';

/** A message from a process of a run to its parent. */
export const FromProcess = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** A line for the history. */
  z.object({ type: z.literal('line'), line: Line }),
  /** A writer's trigger has fired, inside its transaction. */
  z.object({ type: z.literal('event'), epoch: z.int(), xid: z.string() }),
  /** A client of a reader calls the refresh function, and waits for `done`. */
  z.object({ type: z.literal('refresh'), id: z.int() }),
  /** A call has ended. If it failed, the sender of the event retries. */
  z.object({ type: z.literal('done'), id: z.int(), failed: z.boolean() }),
]);
export type FromProcess = z.output<typeof FromProcess>;

/** A message from the parent. */
export const ToProcess = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('call'),
    id: z.int(),
    call: z.enum(['event', 'caller', 'schedule', 'sweep']),
    xids: z.array(z.string()),
  }),
  z.object({ type: z.literal('done'), id: z.int() }),
  /** A transaction that a client may use in a request. */
  z.object({ type: z.literal('transaction'), epoch: z.int(), xid: z.string() }),
  /** The database has recovered, and accepts writes. */
  z.object({ type: z.literal('restarted'), epoch: z.int() }),
  /** Finish the work in progress, and exit. */
  z.object({ type: z.literal('stop') }),
]);
export type ToProcess = z.output<typeof ToProcess>;
export type Call = Extract<ToProcess, { type: 'call' }>;
