import type { Pointer } from '../snapshots/pointer.ts';

/**
 * The pointer, and the archive of replaced pointers. A call may be slow or reject with StoreError; a rejected write
 * may have taken effect. The pointer is never deleted.
 */
export interface PointerStore {
  /** A consistent read: never older than the last completed `replace`. Undefined before the first write. */
  read(): Promise<Pointer | undefined>;
  /**
   * Compare-and-set: writes `pointer` if the stored revision is `revision`; `undefined` requires that there is none
   * yet.
   * @param untilMs back off until this time, by the clock, if the store throttles or does not respond
   * @returns whether it was written
   */
  replace(pointer: Pointer, revision: string | undefined, untilMs?: number): Promise<boolean>;
  /**
   * Archives a pointer under its generation before it is replaced. An archived one stays, unless its `sweep` is
   * lower: then a late publisher wrote it, and a sweep may have deleted blobs that only it names.
   */
  archive(pointer: Pointer, untilMs?: number): Promise<void>;
  /** The archived pointer of a generation, by a consistent read. */
  readArchived(generation: number): Promise<Pointer | undefined>;
  /**
   * Archived pointers, newest first, by consistent reads: a page of at most `limit`, below the generation `before`.
   */
  listArchived(options: { before?: number; limit: number }): Promise<Pointer[]>;
  /** Only for the sweep and `forget`. */
  deleteArchived(generation: number): Promise<void>;
}
