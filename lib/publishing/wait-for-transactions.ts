import type { RefreshState } from '../stores/requests.ts';
import { leaseMs } from './lease.ts';
import { isMine, type ServeDeps, type Session, settlingUntil } from './session.ts';
import { expired } from './transactions.ts';

/**
 * Waits until a pending transaction finishes, a request arrives, or time is up, with small statements that read no
 * table.
 */
export async function waitForTransactions(deps: ServeDeps, session: Session): Promise<void> {
  const { requests, leases, source, clock } = deps;
  const { owner, untilMs, request } = session;
  const { deadlineMs } = request;
  const { requested } = session.state;
  for (let delayMs = 20; clock.now() + delayMs < untilMs; delayMs = Math.min(1_000, delayMs * 2)) {
    await clock.sleep(delayMs);
    const { state } = session;
    const isHalfOver = isMine(session) && (state.lease?.untilMs ?? 0) < clock.now() + leaseMs / 2;
    session.state = isHalfOver
      ? await leases.renew(owner, deadlineMs, state)
      : ((await requests.read()) ?? state);
    if (session.state.requested > requested || session.state.pending.size === 0) return;
    const pending = [...session.state.pending.keys()];
    const { settled, impossible } = await source.settled({ pending, deadlineMs: untilMs });
    const old = expired(session.state.pending, clock.now()).filter((id) => !settled.includes(id));
    if (impossible.length + old.length > 0) session.state = await giveUp(deps, session, impossible, old);
    if (settled.length > 0) {
      // The transaction stays recorded until its publication, so a crash loses nothing. The read draws a ticket, so that
      // another release's form, which was read for the previous ticket, counts as behind.
      const lease = leases.of(owner, deadlineMs);
      const drawn = { transactionIds: [], nowMs: clock.now(), lease, untilMs: deadlineMs };
      session.state = await requests.record(drawn);
      return;
    }
    if (session.state.pending.size === 0) return;
  }
}

/** Stops waiting for transactions whose ids the server has not assigned, and for those that are too old. */
async function giveUp(
  { requests, clock, report }: ServeDeps,
  session: Session,
  impossible: readonly string[],
  old: readonly string[],
): Promise<RefreshState> {
  const facts = { level: 'error' as const };
  if (impossible.length > 0)
    report({ name: 'refresh.transactions_unknown', ...facts, transactionIds: impossible });
  if (old.length > 0) report({ name: 'refresh.transactions_given_up', ...facts, transactionIds: old });
  const { owner, state } = session;
  const after = await requests.settle({
    ...{ incarnation: state.incarnation, owner, served: undefined, settled: [...impossible, ...old] },
    ...{ settledDropped: undefined, add: [], release: false },
    untilMs: settlingUntil(session, clock.now()),
  });
  return after ?? state;
}
