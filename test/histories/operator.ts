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

/** Of the newest ones, any is pinned. */
const mostListed = 20;

type What = LineOf<'mishap'>['what'];

/** Somebody with the operator's commands, who uses them at bad moments, and with a store that fails now and then. */
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

  /** @returns whether it was done: what is refused, and what the store does not answer, may or may not have been. */
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
    /** Whatever was left pinned. */
    async leave() {
      while ((await pointers.read())?.pin !== undefined) await attempt('unpinned', () => unpin(deps));
    },
  };
}
