import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  forget,
  listGenerations,
  type OperatorDeps,
  pin,
  RefusedError,
  unpin,
} from '../../lib/publishing/operator.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import type { LineOf } from './line.ts';
import { monotonicMs } from './monotonic.ts';

/** The operator pins any of this many newest generations. */
const mostListed = 20;

type What = LineOf<'mishap'>['what'];

/** An operator who runs commands at random times, with a store that sometimes fails. */
export function createHistoryOperator({
  pointers,
  blobs,
  deleteRefreshItem,
  random,
  on,
}: Pick<OperatorDeps, 'pointers' | 'blobs'> & {
  deleteRefreshItem: () => Promise<unknown>;
  random: () => number;
  on: (line: LineOf<'mishap'>) => void;
}) {
  const deps: OperatorDeps = { pointers, blobs, nowMs: Date.now, newId: randomUUID };
  const note = (what: What) => on({ kind: 'mishap', what, atMs: monotonicMs() });

  /** @returns whether the command certainly succeeded; after an error of the store it may have succeeded too */
  async function attempt(what: What, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      note(what);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof StoreError)) throw error;
      note('refused');
      return false;
    }
  }

  async function pinAny() {
    const listed: number[] = [];
    for await (const { generation } of listGenerations(deps)) {
      listed.push(generation);
      if (listed.length === mostListed) break;
    }
    const chosen = listed[Math.floor(random() * listed.length)];
    if (chosen !== undefined) await pin(deps, chosen);
  }

  return {
    async act() {
      const share = random();
      if (share < 0.4) return attempt('refresh item deleted', deleteRefreshItem);
      if (share < 0.6) return attempt('forgotten', () => forget(deps));
      await attempt('pinned', pinAny);
      await sleep(random() * 1_500);
      return attempt('unpinned', () => unpin(deps));
    },
    /** Unpins a generation that is still pinned. */
    async leave() {
      while ((await pointers.read())?.pin !== undefined) await attempt('unpinned', () => unpin(deps));
    },
  };
}
