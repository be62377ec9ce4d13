import { readAndSettle } from './read-and-settle.ts';
import type { Refreshed } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import {
  beginSession,
  isMine,
  isOpen,
  type ServeDeps,
  type Serving,
  type Session,
  settlingUntil,
} from './session.ts';
import { waitForTransactions } from './wait-for-transactions.ts';

/** Holds the lease: reads and publishes until no request is open, or time is up. */
export async function serve(deps: ServeDeps, serving: Serving): Promise<Refreshed> {
  const session = beginSession(serving);
  try {
    return await serveOpen(deps, session);
  } catch (error) {
    // A recorded request stays recorded. A lease that cannot be released expires.
    await release(deps, session).catch((cause: unknown) => {
      deps.report({ name: 'refresh.lease_kept', level: 'warn', cause });
    });
    if (session.result === undefined) throw error;
    deps.report({ name: 'refresh.interrupted', level: 'warn', cause: error });
    return session.result;
  }
}

async function serveOpen(deps: ServeDeps, session: Session): Promise<Refreshed> {
  const { requests, clock, report } = deps;
  const { deadlineMs } = session.request;
  const answer = (): Refreshed => session.result ?? { outcome: 'recorded' };
  let isLast = false;
  for (;;) {
    if (isOpen(session)) {
      if (session.result !== undefined && !isMine(session)) return session.result; // the holder of the lease reads
      const retryAfterMs = await waitToRead(deps, session);
      if (retryAfterMs !== undefined) {
        await release(deps, session);
        return session.result ?? { outcome: 'recorded', retryAfterMs };
      }
      await readAndSettle(deps, session);
    }
    const { state, result } = session;
    // A reader may have taken the lease over for its own form. It does not wait for transactions, so this session still does.
    const isRunning = state.lease !== undefined && state.pending.size > 0;
    if (result !== undefined && !isMine(session) && !isRunning) return result;
    if (!isOpen(session) && state.pending.size > 0 && (result?.leftOut.size ?? 0) === 0)
      await waitForTransactions(deps, session);
    if (!isOpen(session) && (await release(deps, session, session.state.requested))) {
      const transactionIds = [...session.state.pending.keys()];
      if (transactionIds.length > 0) report({ name: 'refresh.pending', level: 'warn', transactionIds });
      return answer();
    }
    if (clock.now() >= session.untilMs) {
      // Requests that arrived during the last read get one more read.
      if (isLast || clock.now() >= deadlineMs) {
        await release(deps, session);
        return answer();
      }
      isLast = true;
    }
    if (!isOpen(session)) session.state = (await requests.read()) ?? session.state;
  }
}

/** @param requested releases the lease only if no later ticket was drawn */
const release = ({ requests, clock }: ServeDeps, session: Session, requested?: number) =>
  requests.release({
    owner: session.owner,
    untilMs: settlingUntil(session, clock.now()),
    ...(requested === undefined ? {} : { requested }),
  });

/**
 * Waits until `minReadIntervalMs` is over.
 * @returns the remaining time, if the session ends before it
 */
async function waitToRead(deps: ServeDeps, session: Session): Promise<number | undefined> {
  const { leases, clock } = deps;
  const { owner, request } = session;
  const waitMs = await untilNextRead(deps, session);
  if (waitMs === 0) return undefined;
  const untilReadMs = clock.now() + waitMs;
  if (untilReadMs > Math.min(session.untilMs, clock.now() + request.lingerMs)) return waitMs;
  await clock.sleep(waitMs);
  session.pointer = undefined;
  session.state = await leases.renew(owner, request.deadlineMs, session.state);
  return undefined;
}

/** The time from now until `minReadIntervalMs` is over. */
async function untilNextRead(
  { minReadIntervalMs, pointers, newId, clock }: ServeDeps,
  session: Session,
): Promise<number> {
  if (minReadIntervalMs === 0 || session.mustRead) return 0;
  session.pointer ??= await readOrCreatePointer(pointers, newId);
  const sinceMs = clock.now() - session.pointer.readAtMs;
  return sinceMs < 0 ? 0 : Math.max(0, minReadIntervalMs - sinceMs); // negative: another clock was ahead
}
