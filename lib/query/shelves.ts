import type { BoundedMemory, Shelf } from '../reading/bounded-memory.ts';

/**
 * A shelf for each memory and form of records: what is derived from a chunk in one form means nothing in another.
 */
export function createShelves<T>(): (memory: BoundedMemory, form: string) => Shelf<T> {
  const shelves = new WeakMap<BoundedMemory, Map<string, Shelf<T>>>();
  return (memory, form) => {
    const byForm = shelves.get(memory) ?? new Map<string, Shelf<T>>();
    shelves.set(memory, byForm);
    const shelf = byForm.get(form) ?? memory.shelf<T>();
    byForm.set(form, shelf);
    return shelf;
  };
}
