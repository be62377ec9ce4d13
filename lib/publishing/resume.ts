import type { RefreshState } from '../stores/requests.ts';
import { recordAndServe, recordedOnly } from './record-and-serve.ts';
import type { Refreshed, RefreshRequest } from './refreshed.ts';
import { serve } from './serve.ts';
import type { ServeDeps } from './session.ts';

/** The schedule runs each minute. While its reads leave a table out, it backs off up to this time. */
const longestSkipMs = 15 * 60_000;

export type Resumed = Refreshed | { outcome: 'idle' };

/**
 * Creates the function that the schedule calls.
 * @param deps.maxReadIntervalMs the longest time between two reads of the tables; 0: any
 */
export function createResume(deps: ServeDeps & { maxReadIntervalMs: number }) {
  const { requests, pointers, clock, maxReadIntervalMs } = deps;
  /** The last read that left a table out. */
  let leftOut: { requested: number; times: number; untilMs: number } | undefined;

  return async (deadlineMs: number): Promise<Resumed> => {
    const request = { deadlineMs, wait: false, lingerMs: Number.POSITIVE_INFINITY };
    const state = await requests.read();
    const isOpen = state !== undefined && isAnythingOpen(state);
    if (state !== undefined && !isOpen && !(await isDue())) return { outcome: 'idle' };
    const isSame = state !== undefined && leftOut?.requested === state.requested;
    if (isSame && clock.now() < (leftOut?.untilMs ?? 0)) return { outcome: 'idle' };
    const refreshed = isOpen ? await takeOver(deps, request, state) : await recordAndServe(deps, request);
    if ('leftOut' in refreshed && refreshed.leftOut.size > 0) {
      const times = isSame ? (leftOut?.times ?? 0) + 1 : 1;
      const skippedMs = Math.min(longestSkipMs, 30_000 * 2 ** times);
      leftOut = { requested: state?.requested ?? 1, times, untilMs: clock.now() + skippedMs };
    } else leftOut = undefined;
    return refreshed;
  };

  async function isDue(): Promise<boolean> {
    if (maxReadIntervalMs === 0) return false;
    const pointer = await pointers.read();
    return clock.now() - (pointer?.readAtMs ?? 0) >= maxReadIntervalMs;
  }
}

const isAnythingOpen = ({ served, requested, pending, dropped }: RefreshState) =>
  served < requested || pending.size > 0 || dropped !== undefined;

async function takeOver(
  deps: ServeDeps,
  request: RefreshRequest,
  { requested, dropped }: RefreshState,
): Promise<Refreshed> {
  // Only a read shows whether a dropped transaction is finished. The read draws a ticket, because it may include more
  // transactions than another release's form.
  if (dropped !== undefined) return recordAndServe(deps, request);
  const owner = deps.leases.newOwner();
  const state = await deps.leases.acquire(owner, request.deadlineMs);
  if (state === undefined) return recordedOnly(deps, requested);
  return serve(deps, { owner, state, request, mustRead: false });
}
