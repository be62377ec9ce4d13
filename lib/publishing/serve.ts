import type { Pointer } from '../snapshots/pointer.ts';
import type { RefreshState } from '../stores/requests.ts';
import { type ReadAndPublishDeps, readAndPublish } from './read-and-publish.ts';
import type { Answered, Refreshed, RefreshRequest } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import { expired, isPassed, notIncluded } from './transactions.ts';

export interface ServeDeps extends ReadAndPublishDeps {
  /** The least time between two reads of the tables. 0: no bound. */
  minReadIntervalMs: number;
}

export interface Serving {
  owner: string;
  /** The requests when the lease was taken. */
  state: RefreshState;
  /** The pointer, if it was read since the last read of the tables. */
  pointer?: Pointer | undefined;
  request: Pick<RefreshRequest, 'deadlineMs' | 'lingerMs' | 'repair' | 'transactionIds' | 'announcedAtMs'>;
  /** Whether to read although no request is open: for a repair, or a form that is behind. */
  mustRead: boolean;
}

/** The time for which a refresher that was killed keeps the others from reading. A longer read may be made twice. */
const leaseMs = 60_000;

/** The report of a change that readers see. The database's clock, which announced it, differs from this one. */
export const visible = (nowMs: number, announcedAtMs: number) => ({
  name: 'change.visible',
  lagMs: Math.max(0, nowMs - announcedAtMs),
});

const mostSettlingMs = 10_000;

/** The expiry of a lease that is taken now. */
export const leaseUntil = (nowMs: number, deadlineMs: number) => Math.min(deadlineMs, nowMs + leaseMs);

/** Holds the lease: reads and publishes until no request is open, or time is up. */
export async function serve(deps: ServeDeps, serving: Serving): Promise<Refreshed> {
  const { requests, clock, report } = deps;
  const { owner, request } = serving;
  const { deadlineMs } = request;
  let repair: ReadonlySet<string> = new Set(request.repair);
  let { state, pointer } = serving;
  let result: Answered | undefined;
  /** The ticket that was noted before the last read. */
  let readTicket = serving.mustRead ? Number.NEGATIVE_INFINITY : state.served;
  let untilMs = deadlineMs;
  /** When this request's change was announced; undefined after its publication, or where its transactions are recorded with it. */
  let announcedAtMs = request.transactionIds?.length ? undefined : request.announcedAtMs;
  let isLast = false;
  /** Who has read backs off for so long where many record at once: what is not settled is read again, after the lease's end. */
  const settling = () => ({ untilMs: Math.min(deadlineMs, clock.now() + mostSettlingMs) });
  const isMine = () => state.lease?.owner === owner;

  try {
    for (;;) {
      if (state.requested > readTicket) {
        if (result !== undefined && !isMine()) return result; // who has the lease reads
        const waitMs = await untilNextRead();
        if (waitMs > 0) {
          const untilReadMs = clock.now() + waitMs;
          if (untilReadMs > Math.min(untilMs, clock.now() + request.lingerMs)) {
            await requests.release({ owner, ...settling() });
            return result ?? { outcome: 'recorded', retryAfterMs: waitMs };
          }
          await clock.sleep(waitMs);
          pointer = undefined;
          state = await renewed(state);
        }
        await read();
      }
      // A list that has taken the lease for its own form does not linger for transactions: who had it goes on asking.
      const isRunning = state.lease !== undefined && state.pending.size > 0;
      if (result !== undefined && !isMine() && !isRunning) return result;
      const isAnswered = state.requested <= readTicket;
      if (isAnswered && state.pending.size > 0 && (result?.leftOut.size ?? 0) === 0)
        await waitForTransactions();
      if (
        state.requested <= readTicket &&
        (await requests.release({ owner, requested: state.requested, ...settling() }))
      ) {
        if (state.pending.size > 0)
          report({ name: 'refresh.pending', level: 'warn', transactionIds: [...state.pending.keys()] });
        return result ?? { outcome: 'recorded' };
      }
      if (clock.now() >= untilMs) {
        // A single event is served at once. Only requests that arrived during the last read wait for the next one.
        if (isLast || clock.now() >= deadlineMs) {
          await requests.release({ owner, ...settling() });
          return result ?? { outcome: 'recorded' };
        }
        isLast = true;
      }
      if (state.requested <= readTicket) state = (await requests.read()) ?? state;
    }
  } catch (error) {
    // A recorded request stays recorded. A lease that cannot be released expires.
    await requests.release({ owner, ...settling() }).catch((cause: unknown) => {
      report({ name: 'refresh.lease_kept', level: 'warn', cause });
    });
    if (result === undefined) throw error;
    report({ name: 'refresh.interrupted', level: 'warn', cause: error });
    return result;
  }

  /** Reads, publishes and settles. The first read answers this request; later ones serve others. */
  async function read() {
    const leaseUntilMs = () => leaseUntil(clock.now(), deadlineMs);
    const given = { owner, noted: state, pointer, repair, deadlineMs, leaseUntilMs };
    const { noted, ...published } = await readAndPublish(deps, given);
    pointer = undefined;
    repair = new Set();
    readTicket = noted.requested;
    if (result === undefined) untilMs = Math.min(untilMs, clock.now() + request.lingerMs);
    const { leftOut, held, read } = published;
    const outcome = result?.outcome === 'published' ? 'published' : published.outcome;
    result = {
      ...{ outcome, pointer: published.pointer, leftOut, held },
      pending: [...noted.pending.keys()].filter((id) => !read.settled.includes(id)),
      unknownColumns: new Map(
        [...read.tables].flatMap(([name, table]) =>
          'unknownColumns' in table ? [[name, table.unknownColumns] as const] : [],
        ),
      ),
    };
    if (leftOut.size === 0) reportLag(noted.pending, new Set(read.settled));
    state = await settle(noted, read.snapshot, read.settled, leftOut.size > 0);
    result = { ...result, pending: [...state.pending.keys()] };
  }

  /** Reports the longest lag of the changes that a read has made visible, whoever announced them. */
  function reportLag(waited: RefreshState['pending'], settled: ReadonlySet<string>) {
    const since = [...waited].flatMap(([id, atMs]) => (settled.has(id) ? [atMs] : []));
    if (announcedAtMs !== undefined) since.push(announcedAtMs);
    announcedAtMs = undefined;
    if (since.length > 0) report(visible(clock.now(), Math.min(...since)));
  }

  async function settle(
    noted: RefreshState,
    snapshot: string,
    settledInRead: readonly string[],
    leftOutAny: boolean,
  ): Promise<RefreshState> {
    const nowMs = clock.now();
    const old = expired(noted.pending, nowMs).filter((id) => !settledInRead.includes(id));
    if (old.length > 0)
      report({ name: 'refresh.transactions_given_up', level: 'error', transactionIds: old });
    const settled = leftOutAny ? old : [...settledInRead, ...old];
    const { dropped, incarnation, requested } = noted;
    // A new item lacks the transactions that were announced to the old one and are still running.
    const running = noted.served === 0 ? await notIncluded(snapshot, deps.source, deadlineMs) : [];
    const remaining = [...noted.pending.keys(), ...running].filter((id) => !settled.includes(id));
    const after = await requests.settle({
      ...settling(),
      ...{ incarnation, owner, settled },
      served: leftOutAny ? undefined : requested,
      settledDropped:
        !leftOutAny && dropped !== undefined && isPassed(snapshot, dropped) ? dropped : undefined,
      add: running.map((transactionId) => ({ transactionId, announcedAtMs: nowMs })),
      release: !leftOutAny && (remaining.length === 0 || nowMs >= untilMs),
    });
    if (after !== undefined) return after;
    // The item was deleted: record the running transactions again, and read the tables once more.
    readTicket = 0;
    const lease = { owner, untilMs: leaseUntil(nowMs, deadlineMs) };
    return requests.record({ transactionIds: remaining, nowMs, lease, untilMs: deadlineMs });
  }

  /**
   * Waits until a pending transaction finishes, a request arrives, or time is up, with small statements that read no
   * table.
   */
  async function waitForTransactions() {
    const { requested } = state;
    for (let delayMs = 20; clock.now() + delayMs < untilMs; delayMs = Math.min(1_000, delayMs * 2)) {
      await clock.sleep(delayMs);
      const isHalfOver = isMine() && (state.lease?.untilMs ?? 0) < clock.now() + leaseMs / 2;
      state = isHalfOver ? await renewed(state) : ((await requests.read()) ?? state);
      if (state.requested > requested || state.pending.size === 0) return;
      const pending = [...state.pending.keys()];
      const { settled, impossible } = await deps.source.settled({ pending, deadlineMs: untilMs });
      const old = expired(state.pending, clock.now()).filter((id) => !settled.includes(id));
      if (impossible.length + old.length > 0) state = await strike(impossible, old);
      if (settled.length > 0) {
        // The transaction stays recorded until its publication, so a crash loses nothing. The read draws a ticket, so
        // that the form of another release, which has seen the previous ticket, counts as behind.
        const lease = { owner, untilMs: leaseUntil(clock.now(), deadlineMs) };
        state = await requests.record({ transactionIds: [], nowMs: clock.now(), lease, untilMs: deadlineMs });
        return;
      }
      if (state.pending.size === 0) return;
    }
  }

  async function strike(impossible: readonly string[], old: readonly string[]): Promise<RefreshState> {
    const facts = { level: 'error' as const };
    if (impossible.length > 0)
      report({ name: 'refresh.transactions_unknown', ...facts, transactionIds: impossible });
    if (old.length > 0) report({ name: 'refresh.transactions_given_up', ...facts, transactionIds: old });
    const { incarnation } = state;
    const struck = await requests.settle({
      ...settling(),
      ...{ incarnation, owner, served: undefined, settled: [...impossible, ...old] },
      ...{ settledDropped: undefined, add: [], release: false },
    });
    return struck ?? state;
  }

  /** The time from now until `minReadIntervalMs` is over. */
  async function untilNextRead(): Promise<number> {
    const { minReadIntervalMs } = deps;
    if (minReadIntervalMs === 0 || serving.mustRead) return 0;
    pointer ??= await readOrCreatePointer(deps.pointers, deps.newId);
    const sinceMs = clock.now() - pointer.readAtMs;
    return sinceMs < 0 ? 0 : Math.max(0, minReadIntervalMs - sinceMs); // negative: another clock was ahead
  }

  async function renewed(before: RefreshState): Promise<RefreshState> {
    const nowMs = clock.now();
    const lease = { owner, nowMs, untilMs: leaseUntil(nowMs, deadlineMs) };
    return (await requests.acquire(lease)) ?? (await requests.read()) ?? before;
  }
}
