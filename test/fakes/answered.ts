import type { Answered } from '../../lib/publishing/refreshed.ts';
import type { Pointer } from '../../lib/snapshots/pointer.ts';

/** What a refresh answers that has read, or found, this pointer: no table was left out or held back. */
export const answered = (
  outcome: Answered['outcome'],
  pointer: Pointer,
  changes: Partial<Answered> = {},
): Answered => ({
  ...{ outcome, pointer, pending: [], leftOut: new Map(), held: [], unknownColumns: new Map() },
  ...changes,
});
