import type { RefreshState } from '../stores/requests.ts';
import type { Published } from './publish.ts';
import { readAndPublish } from './read-and-publish.ts';
import type { Answered } from './refreshed.ts';
import { type ServeDeps, type Session, settlingUntil } from './session.ts';
import { expired, isPassed, notIncluded } from './transactions.ts';
import { visible } from './visible.ts';

/** Reads, publishes and settles. The first read answers the session's request; later ones serve others. */
export async function readAndSettle(deps: ServeDeps, session: Session): Promise<void> {
  const { owner, request, state, pointer, repair } = session;
  const { deadlineMs } = request;
  const given = { owner, noted: state, pointer, repair, deadlineMs };
  const { noted, ...published } = await readAndPublish(deps, given);
  session.pointer = undefined;
  session.repair = new Set();
  session.readTicket = noted.requested;
  if (session.result === undefined)
    session.untilMs = Math.min(session.untilMs, deps.clock.now() + request.lingerMs);
  const { leftOut, held, read } = published;
  const result: Omit<Answered, 'pending'> = {
    outcome: session.result?.outcome === 'published' ? 'published' : published.outcome,
    ...{ pointer: published.pointer, leftOut, held },
    unknownColumns: new Map(
      [...read.tables].flatMap(([name, table]) =>
        'unknownColumns' in table ? [[name, table.unknownColumns] as const] : [],
      ),
    ),
  };
  // Set before settling, which may fail: the read is published by now.
  session.result = {
    ...result,
    pending: [...noted.pending.keys()].filter((id) => !read.settled.includes(id)),
  };
  if (leftOut.size === 0) reportLag(deps, session, noted.pending, new Set(read.settled));
  session.state = await settle(deps, session, noted, published);
  session.result = { ...result, pending: [...session.state.pending.keys()] };
}

/** Reports the longest lag of all changes that a read has made visible. */
function reportLag(
  { clock, report }: ServeDeps,
  session: Session,
  waited: RefreshState['pending'],
  settled: ReadonlySet<string>,
) {
  const since = [...waited].flatMap(([id, atMs]) => (settled.has(id) ? [atMs] : []));
  if (session.announcedAtMs !== undefined) since.push(session.announcedAtMs);
  session.announcedAtMs = undefined;
  if (since.length > 0) report(visible(clock.now(), Math.min(...since)));
}

/** Records what the read has served. @returns the requests after that */
async function settle(
  { requests, leases, source, clock, report }: ServeDeps,
  session: Session,
  noted: RefreshState,
  { read, leftOut }: Pick<Published, 'read' | 'leftOut'>,
): Promise<RefreshState> {
  const { owner, request, untilMs } = session;
  const { deadlineMs } = request;
  const { snapshot, settled: settledInRead } = read;
  const leftOutAny = leftOut.size > 0;
  const nowMs = clock.now();
  const old = expired(noted.pending, nowMs).filter((id) => !settledInRead.includes(id));
  if (old.length > 0) report({ name: 'refresh.transactions_given_up', level: 'error', transactionIds: old });
  const settled = leftOutAny ? old : [...settledInRead, ...old];
  const { dropped, incarnation, requested } = noted;
  // A new item lacks the transactions that were announced to the old one and are still running.
  const running = noted.served === 0 ? await notIncluded(snapshot, source, deadlineMs) : [];
  const remaining = [...noted.pending.keys(), ...running].filter((id) => !settled.includes(id));
  const after = await requests.settle({
    ...{ incarnation, owner, settled, untilMs: settlingUntil(session, clock.now()) },
    served: leftOutAny ? undefined : requested,
    settledDropped: !leftOutAny && dropped !== undefined && isPassed(snapshot, dropped) ? dropped : undefined,
    add: running.map((transactionId) => ({ transactionId, announcedAtMs: nowMs })),
    release: !leftOutAny && (remaining.length === 0 || nowMs >= untilMs),
  });
  if (after !== undefined) return after;
  // The item was deleted: record the running transactions again, and read the tables once more.
  session.readTicket = 0;
  const lease = leases.of(owner, deadlineMs);
  return requests.record({ transactionIds: remaining, nowMs, lease, untilMs: deadlineMs });
}
