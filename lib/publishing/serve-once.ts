import { isLeaseFree, type RefreshState } from '../stores/requests.ts';
import { coalesced } from './coalesced.ts';
import { recordAndServe } from './record-and-serve.ts';
import type { Refreshed, RefreshRequest } from './refreshed.ts';
import { serve } from './serve.ts';
import type { ServeDeps } from './session.ts';

/** How long a list that is behind waits for another release's lease, before it takes it over. */
const patienceMs = 250;

/**
 * Serves a request that draws no ticket. The first container that gets the lease does the work; others find it done.
 * @param isDone whether the work is done
 * @param options.isOfForm whether the work is for this release's form: a lease of another release is then taken over,
 * because its holder would never do the work
 */
export async function serveOnce(
  deps: ServeDeps,
  request: RefreshRequest,
  isDone: () => Promise<boolean>,
  { isOfForm = false }: { isOfForm?: boolean } = {},
): Promise<Refreshed> {
  const { requests, leases, clock } = deps;
  const owner = leases.newOwner();
  let holder: string | undefined;
  for (let delayMs = 25; ; delayMs = Math.min(250, delayMs * 2)) {
    const seen = await requests.read();
    if (seen === undefined) return recordAndServe(deps, request);
    // The previous holder of the lease may have done the work.
    if (holder !== undefined && holder !== seen.lease?.owner && (await isDone()))
      return coalesced(deps, seen);
    holder = seen.lease?.owner;
    const isFree = isLeaseFree(seen.lease, clock.now());
    const takesOver = isOfForm && delayMs >= patienceMs && holder !== undefined && leases.isOther(holder);
    const state = isFree || takesOver ? await leases.acquire(owner, request.deadlineMs, holder) : undefined;
    if (state !== undefined)
      return (await isDoneNow(owner, state)) ?? serve(deps, { owner, state, request, mustRead: true });
    if (!request.wait || clock.now() + delayMs >= request.deadlineMs) return { outcome: 'recorded' };
    await clock.sleep(delayMs);
  }

  /** Called with the lease. Releases it and answers, if the work is done. */
  async function isDoneNow(owner: string, state: RefreshState): Promise<Refreshed | undefined> {
    let done: boolean;
    try {
      done = await isDone();
    } catch (error) {
      await requests.release({ owner });
      throw error;
    }
    if (!done) return undefined;
    await requests.release({ owner });
    return coalesced(deps, state);
  }
}
