import type { Pointer } from '../snapshots/pointer.ts';

/**
 * The pointer, and the pointers that it has replaced. A call may be slow or reject with StoreError; a write that rejected
 * may have happened. The pointer is never deleted.
 */
export interface PointerStore {
  /** By a consistent read: never older than what a finished `replace` wrote. Undefined before the very first write. */
  read(): Promise<Pointer | undefined>;
  /**
   * Compare-and-set: writes `pointer` if the stored revision is `revision`; `undefined` demands that there is none yet.
   * @param untilMs until when to back off, by the clock, where the store throttles or does not respond
   * @returns whether it did
   */
  replace(pointer: Pointer, revision: string | undefined, untilMs?: number): Promise<boolean>;
  /**
   * Keeps a pointer that is about to be replaced, under its generation. One that is kept already stays as it is, unless
   * its `sweep` is lower: it is from a publisher that was late, and a sweep may have deleted what only it names.
   */
  archive(pointer: Pointer, untilMs?: number): Promise<void>;
  /** The archived pointer of a generation, by a consistent read. */
  readArchived(generation: number): Promise<Pointer | undefined>;
  /** Archived pointers, newest first, consistently read: a page of at most `limit`, below the generation `before`. */
  listArchived(options: { before?: number; limit: number }): Promise<Pointer[]>;
  /** For the sweep and for `forget` alone. */
  deleteArchived(generation: number): Promise<void>;
}
