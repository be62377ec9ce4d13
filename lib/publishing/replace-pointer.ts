import type { Pointer } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { StoreError } from '../stores/store-error.ts';

/** The pointer of a dataset before its first publication: compare-and-set always needs a stored revision. */
export const emptyPointer = (revision: string): Pointer => ({
  revision,
  generation: 0,
  oldest: 0,
  readAtMs: 0,
  sweep: 0,
  tables: {},
});

/** Reads the pointer; creates it if it does not exist. */
export async function readOrCreatePointer(pointers: PointerStore, newId: () => string): Promise<Pointer> {
  for (;;) {
    const pointer = await pointers.read();
    if (pointer !== undefined) return pointer;
    await pointers.replace(emptyPointer(newId()), undefined);
  }
}

/**
 * Replaces the pointer by compare-and-set. After a lost response, or a retry of a write that had succeeded, the stored
 * revision shows whether the write took effect.
 * @returns whether the pointer was replaced
 * @throws StoreError if the outcome is unknown
 */
export async function replacePointer(
  pointers: PointerStore,
  pointer: Pointer,
  revision: string,
  untilMs?: number,
): Promise<boolean> {
  let failure: StoreError | undefined;
  try {
    if (await pointers.replace(pointer, revision, untilMs)) return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    failure = error;
  }
  const stored = (await pointers.read())?.revision;
  if (stored === revision && failure !== undefined) throw failure; // it may still take effect
  return stored === pointer.revision;
}
