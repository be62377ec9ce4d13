import { UnavailableError } from '../errors.ts';
import type { Tables } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { createBoundedMemory } from './bounded-memory.ts';
import { type Contents, createContents, type Loader } from './loader.ts';

/** A generation that has been replaced. */
export interface OldGeneration {
  tables: Tables;
  /** Apart from the current generation's, which it must not push out. */
  contents: Contents;
}

const mostGenerations = 2;
const mostWaiters = 16;

/** Old generations that requests name: two at most in memory, and one request at a time that loads anything of them. */
export function createHistory({
  pointers,
  loader,
  memoryBytes,
}: {
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'tablesOf'>;
  /** For all of them. */
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
   * @param use what is done with the generation, while nobody else loads another one
   * @returns undefined where it is not kept
   * @throws UnavailableError where too many requests wait; what `use` throws
   */
  return async function withGeneration<T>(
    generation: number,
    use: (old: OldGeneration) => Promise<T>,
  ): Promise<T | undefined> {
    if (waiters >= mostWaiters)
      throw new UnavailableError('busy', 'Too many requests wait for old versions of the list.', {
        retryAfterMs: 1_000,
      });
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
