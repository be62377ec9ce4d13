import { UnavailableError } from '../errors.ts';
import type { Tables } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { createBoundedMemory } from './bounded-memory.ts';
import { type Contents, createContents } from './contents.ts';
import type { Loader } from './loader.ts';

/** A replaced generation. */
export interface OldGeneration {
  tables: Tables;
  /** Separate from the current generation's memory, so that it evicts nothing of it. */
  contents: Contents;
}

const mostGenerations = 2;
const mostWaiters = 16;

/** Serves old generations: at most two stay in memory, and one request at a time loads their content. */
export function createHistory({
  pointers,
  loader,
  memoryBytes,
}: {
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'tablesOf'>;
  /** The bound for all of them. */
  memoryBytes: number;
}) {
  const kept = new Map<number, OldGeneration>();
  let last: Promise<unknown> = Promise.resolve();
  let waiters = 0;

  async function obtain(generation: number): Promise<OldGeneration | undefined> {
    let old = kept.get(generation);
    if (old === undefined) {
      const pointer = await pointers.readArchived(generation);
      if (pointer === undefined) return undefined;
      const memory = createBoundedMemory(memoryBytes / mostGenerations);
      old = { tables: await loader.tablesOf(pointer), contents: createContents(memory) };
    }
    kept.delete(generation);
    kept.set(generation, old);
    const [oldest] = kept.keys();
    if (kept.size > mostGenerations && oldest !== undefined) kept.delete(oldest);
    return old;
  }

  /**
   * @param use works on the generation, while no other request loads one
   * @returns undefined if the generation is not kept
   * @throws UnavailableError if too many requests wait; any error of `use`
   */
  return async function withGeneration<T>(
    generation: number,
    use: (old: OldGeneration) => Promise<T>,
  ): Promise<T | undefined> {
    if (waiters >= mostWaiters)
      throw new UnavailableError(
        'busy',
        'Too many requests are waiting for old versions of the list: retry.',
        {
          retryAfterMs: 1_000,
        },
      );
    waiters += 1;
    const turn = last.then(async () => {
      const old = await obtain(generation);
      return old && use(old);
    });
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiters -= 1;
    }
  };
}
