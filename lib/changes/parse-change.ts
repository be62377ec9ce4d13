import * as z from 'zod/mini';
import { CodedError } from '../errors.ts';
import type { Change } from './change.ts';
import { shapes } from './shapes.ts';

/** No event that this service knows. It says where the known ones are, not what was sent. */
export class UnknownEventError extends CodedError {
  constructor(cause: unknown) {
    super(
      'event_unknown',
      'This is neither a change of a table nor a schedule: see events/ for what is understood.',
      { cause },
    );
  }
}

/** One event of any shape; a batch of them is taken apart by `parseBatch`. @throws UnknownEventError */
export function parseChange(event: unknown): Change {
  for (const shape of shapes) {
    const change = shape(event);
    if (change !== undefined) return change;
  }
  throw new UnknownEventError(new TypeError(`an event with the members ${memberNames(event)}`));
}

/** For the log: what an operator needs to recognise the sender, and nothing of what rows hold. */
const memberNames = (event: unknown) => {
  const members = z.safeParse(z.record(z.string(), z.unknown()), event);
  return members.success
    ? Object.keys(members.data).slice(0, 10).join(', ').slice(0, 200) || '(none)'
    : '(not an object)';
};
