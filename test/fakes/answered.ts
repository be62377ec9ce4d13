import type { Answered } from '../../lib/publishing/refreshed.ts';
import type { Pointer } from '../../lib/snapshots/pointer.ts';

/** The result of a refresh that read or found this pointer, with no table left out or held. */
export const answered = (
  outcome: Answered['outcome'],
  pointer: Pointer,
  changes: Partial<Answered> = {},
): Answered => ({
  ...{ outcome, pointer, pending: [], leftOut: new Map(), held: [], unknownColumns: new Map() },
  ...changes,
});
