import type { Pointer } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { StoreError } from '../stores/store-error.ts';

/** The pointer of a dataset of which nothing was ever published: absence is never compared with. */
export const emptyPointer = (revision: string): Pointer => ({
  revision,
  generation: 0,
  oldest: 0,
  readAtMs: 0,
  sweep: 0,
  tables: {},
});

/** The pointer; the first to ask makes it. */
export async function readOrCreatePointer(pointers: PointerStore, newId: () => string): Promise<Pointer> {
  for (;;) {
    const pointer = await pointers.read();
    if (pointer !== undefined) return pointer;
    await pointers.replace(emptyPointer(newId()), undefined);
  }
}

/**
 * Compare-and-set. A write whose answer was lost, or that was repeated and met itself, is found by its revision.
 * @returns whether it was done
 * @throws StoreError where nobody can tell
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
  if (stored === revision && failure !== undefined) throw failure; // it may happen yet
  return stored === pointer.revision;
}
