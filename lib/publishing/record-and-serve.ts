import { isLeaseFree, type RefreshState } from '../stores/requests.ts';
import { coalesced } from './coalesced.ts';
import type { Refreshed, RefreshRequest } from './refreshed.ts';
import { serve } from './serve.ts';
import type { ServeDeps } from './session.ts';
import { visible } from './visible.ts';

/** An older announcement means a wrong clock. It counts as this old: its transactions would otherwise expire too early. */
const oldestAnnouncementMs = 60 * 60_000;
const plausible = (announcedAtMs: number | undefined, nowMs: number) =>
  announcedAtMs === undefined
    ? nowMs
    : Math.min(nowMs, Math.max(announcedAtMs, nowMs - oldestAnnouncementMs));

/** Records a request, and serves it if the lease is free. Otherwise waits until it is served, if `request.wait` is set. */
export async function recordAndServe(deps: ServeDeps, request: RefreshRequest): Promise<Refreshed> {
  const { requests, pointers, leases, clock } = deps;
  const owner = leases.newOwner();
  const { transactionIds = [], deadlineMs } = request;
  const nowMs = clock.now();
  const announcedAtMs = plausible(request.announcedAtMs, nowMs);
  const lease = leases.of(owner, deadlineMs);
  const record = { transactionIds, announcedAtMs, nowMs, lease, untilMs: deadlineMs };
  // The pointer must be read before the tables; it is read while the request is recorded.
  const [recorded, read] = await Promise.allSettled([requests.record(record), pointers.read()]);
  if (recorded.status === 'rejected') throw recorded.reason;
  const state = recorded.value;
  if (state.lease?.owner === owner) {
    const pointer = read.status === 'fulfilled' ? read.value : undefined;
    return serve(deps, { owner, state, pointer, request, mustRead: false });
  }
  if (!request.wait) return recordedOnly(deps, state.requested);
  return waitToBeServed(deps, owner, state, request);
}

/** The answer for a ticket that the holder of the lease, or the schedule, will serve. */
export function recordedOnly({ report }: Pick<ServeDeps, 'report'>, ticket: number): Refreshed {
  report({ name: 'refresh.coalesced', ticket });
  return { outcome: 'recorded' };
}

/** Waits until the ticket is served, or the lease is free. */
async function waitToBeServed(
  deps: ServeDeps,
  owner: string,
  { incarnation, requested: ticket }: RefreshState,
  request: RefreshRequest,
): Promise<Refreshed> {
  const { requests, leases, clock } = deps;
  for (let delayMs = 25; ; delayMs = Math.min(250, delayMs * 2)) {
    if (clock.now() + delayMs >= request.deadlineMs) return { outcome: 'recorded' };
    await clock.sleep(delayMs);
    const state = await requests.read();
    if (state === undefined || state.incarnation !== incarnation) return recordAndServe(deps, request);
    if (state.served >= ticket) {
      reportServed(deps, ticket, request);
      return coalesced(deps, state);
    }
    if (!isLeaseFree(state.lease, clock.now())) continue;
    const taken = await leases.acquire(owner, request.deadlineMs);
    if (taken === undefined) continue;
    if (taken.incarnation !== incarnation) {
      await requests.release({ owner });
      return recordAndServe(deps, request);
    }
    if (taken.served < taken.requested || taken.served < ticket)
      return serve(deps, { owner, state: taken, request, mustRead: false });
    await requests.release({ owner });
    return coalesced(deps, taken);
  }
}

function reportServed({ clock, report }: ServeDeps, ticket: number, request: RefreshRequest) {
  report({ name: 'refresh.coalesced', ticket });
  const { transactionIds = [], announcedAtMs } = request; // the container that read has reported those with ids
  if (announcedAtMs !== undefined && transactionIds.length === 0) report(visible(clock.now(), announcedAtMs));
}
