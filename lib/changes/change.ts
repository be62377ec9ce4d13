import * as z from 'zod/mini';
import { CodedError } from '../errors.ts';

/** What an event means, whoever sent it. */
export type Change =
  /** Rows of a table changed, or will have when the named transactions are committed. */
  | { kind: 'change'; relation: string; transactionIds: readonly string[] }
  /** Time to look whether something was left undone. */
  | { kind: 'schedule' };

/** No event that this service knows. It says which shapes there are, not what was sent. */
export class UnknownEventError extends CodedError {
  constructor(cause: unknown) {
    super(
      'event_unknown',
      'This is neither a change of a table nor a schedule: see events/ for what is understood.',
      {
        cause,
      },
    );
  }
}

const Name = z.string().check(z.minLength(1), z.maxLength(63));

/** As the trigger in the database, or a program that writes to it, sends it. */
const ChangeEvent = z.strictObject({
  source: z.literal('offload'),
  schema: Name,
  table: Name,
  operation: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
  /** `pg_current_xact_id()::text` of the writing transaction; without it the change must be committed already. */
  transactionId: z.optional(z.string().check(z.regex(/^[1-9]\d{0,18}$/))),
});

/** As EventBridge's schedule sends it. */
const ScheduledEvent = z.object({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
});

/** @throws UnknownEventError */
export function parseChange(event: unknown): Change {
  if (z.safeParse(ScheduledEvent, event).success) return { kind: 'schedule' };
  const { success, data, error } = z.safeParse(ChangeEvent, event);
  if (!success) throw new UnknownEventError(error);
  const { schema, table, transactionId } = data;
  return {
    kind: 'change',
    relation: `${schema}.${table}`,
    transactionIds: transactionId === undefined ? [] : [transactionId],
  };
}
