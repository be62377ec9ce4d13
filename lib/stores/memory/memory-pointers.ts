import type { Pointer } from '../../snapshots/pointer.ts';
import type { PointerStore } from '../pointers.ts';

/** Pointers in this process: for `CACHE=container`, and for tests. */
export function createMemoryPointers(): PointerStore {
  let current: Pointer | undefined;
  const archived = new Map<number, Pointer>();
  return {
    read: async () => current,
    async replace(pointer, revision) {
      if (current?.revision !== revision) return false;
      current = pointer;
      return true;
    },
    async archive(pointer) {
      const kept = archived.get(pointer.generation);
      if (kept === undefined || kept.sweep < pointer.sweep) archived.set(pointer.generation, pointer);
    },
    readArchived: async (generation) => archived.get(generation),
    listArchived: async ({ before = Number.POSITIVE_INFINITY, limit }) =>
      [...archived.values()]
        .filter(({ generation }) => generation < before)
        .sort((a, b) => b.generation - a.generation)
        .slice(0, limit),
    async deleteArchived(generation) {
      archived.delete(generation);
    },
  };
}
