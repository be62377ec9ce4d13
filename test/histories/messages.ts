import * as z from 'zod';
import { Line } from './line.ts';

/** What a process of a run tells the one that started it. */
export const FromProcess = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Something for the history. */
  z.object({ type: z.literal('line'), line: Line }),
  /** A writer's trigger has fired, inside its transaction. */
  z.object({ type: z.literal('event'), epoch: z.int(), xid: z.string() }),
  /** A client of a reader calls the refresh function, and waits for `done`. */
  z.object({ type: z.literal('refresh'), id: z.int() }),
  /** A call is over. Where it failed, whoever sent an event sends it again. */
  z.object({ type: z.literal('done'), id: z.int(), failed: z.boolean() }),
]);
export type FromProcess = z.output<typeof FromProcess>;

/** What it is told. */
export const ToProcess = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('call'),
    id: z.int(),
    call: z.enum(['event', 'caller', 'schedule', 'sweep']),
    xids: z.array(z.string()),
  }),
  z.object({ type: z.literal('done'), id: z.int() }),
  /** A transaction that a client may name. */
  z.object({ type: z.literal('transaction'), epoch: z.int(), xid: z.string() }),
  /** The database has crashed, and may be written to again. */
  z.object({ type: z.literal('restarted'), epoch: z.int() }),
  /** Finish what is begun, and exit. */
  z.object({ type: z.literal('stop') }),
]);
export type ToProcess = z.output<typeof ToProcess>;
export type Call = Extract<ToProcess, { type: 'call' }>;
