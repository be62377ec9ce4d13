/**
 * A binary heap: its first item precedes all others. 0.4 KB in a bundle; `tinyqueue` takes 0.7 KB
 * (`node scripts/compare-libraries.ts`), and replaces the first item by a removal and an insertion.
 */
export interface Heap<T> {
  first(): T | undefined;
  size(): number;
  push(item: T): void;
  /** Restores the heap after its first item was changed or replaced. */
  replaceFirst(item: T): void;
  removeFirst(): void;
}

export function createHeap<T>(isBefore: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];

  function sink(item: T) {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [first, second] = [items[left], items[left + 1]];
      if (first === undefined) break;
      const child = second !== undefined && isBefore(second, first) ? left + 1 : left;
      const below = child === left ? first : second;
      if (below === undefined || !isBefore(below, item)) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }

  return {
    first: () => items[0],
    size: () => items.length,
    push(item) {
      let at = items.length;
      items.push(item);
      while (at > 0) {
        const parent = (at - 1) >>> 1;
        const above = items[parent];
        if (above === undefined || !isBefore(item, above)) break;
        items[at] = above;
        at = parent;
      }
      items[at] = item;
    },
    replaceFirst: sink,
    removeFirst() {
      const last = items.pop();
      if (last !== undefined && items.length > 0) sink(last);
    },
  };
}
