import type { Pointer } from '../snapshots/pointer.ts';
import { mostLeaseMs, type RefreshState } from '../stores/requests.ts';
import { type ReadAndPublishDeps, readAndPublish } from './read-and-publish.ts';
import type { Answered, Refreshed, RefreshRequest } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import { expired, isPassed, notIncluded } from './transactions.ts';

export interface ServeDeps extends ReadAndPublishDeps {
  /** The least time between two reads of the tables. 0: any. */
  minReadIntervalMs: number;
}

export interface Serving {
  owner: string;
  /** The requests when the lease was taken. */
  state: RefreshState;
  /** Where it was read already, and no table was read since. */
  pointer?: Pointer | undefined;
  request: Pick<RefreshRequest, 'deadlineMs' | 'lingerMs' | 'repair' | 'transactionIds' | 'announcedAtMs'>;
  /** Whether to read although no request is open: for a repair, and for a form that is behind. */
  mustRead: boolean;
}

/** What is told of a change that readers see. By a clock that is another one than the announcer's. */
export const visible = (nowMs: number, announcedAtMs: number) => ({
  name: 'change.visible',
  lagMs: Math.max(0, nowMs - announcedAtMs),
});

const mostSettlingMs = 10_000;

/** When a lease that is taken now ends. */
export const leaseUntil = (nowMs: number, deadlineMs: number) =>
  Math.min(deadlineMs, nowMs + mostLeaseMs - 60_000);

/** With the lease: reads and publishes until nothing is open, or until time is up. */
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
  /** Of this request, until its change is published; one that names its transactions is recorded with them. */
  let announcedAtMs = request.transactionIds?.length ? undefined : request.announcedAtMs;
  let isLast = false;
  /** Who has read backs off for so long where many record at once: what is not settled is read again, after the lease's end. */
  const settling = () => ({ untilMs: Math.min(deadlineMs, clock.now() + mostSettlingMs) });

  try {
    for (;;) {
      if (state.requested > readTicket) {
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
        if (state.lease?.owner !== owner && result !== undefined) return result;
      }
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
        // An event that came alone is served at once. Only what came during the last read waits for the next one.
        if (isLast || clock.now() >= deadlineMs) {
          await requests.release({ owner, ...settling() });
          return result ?? { outcome: 'recorded' };
        }
        isLast = true;
      }
      if (state.requested <= readTicket) state = (await requests.read()) ?? state;
    }
  } catch (error) {
    // Nothing is lost: what was recorded stays recorded. A lease that cannot be given back runs out.
    await requests.release({ owner, ...settling() }).catch((cause: unknown) => {
      report({ name: 'refresh.lease_kept', level: 'warn', cause });
    });
    if (result === undefined) throw error;
    report({ name: 'refresh.interrupted', level: 'warn', cause: error });
    return result;
  }

  /** Reads, publishes and settles. The first read answers this request; what is done from there on is for others. */
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

  /** Of the changes that a read has made visible, whoever announced them, the one that waited longest. */
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
    // Who made the item anew knows nothing of what had been announced, and not yet committed.
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
    // Somebody has deleted the item: what is still running is recorded again, and the tables are read once more.
    readTicket = 0;
    const lease = { owner, untilMs: leaseUntil(nowMs, deadlineMs) };
    return requests.record({ transactionIds: remaining, nowMs, lease, untilMs: deadlineMs });
  }

  /** Until a pending transaction is finished, a request comes in, or time is up: small reads, the tables are left alone. */
  async function waitForTransactions() {
    const { requested } = state;
    for (let delayMs = 20; clock.now() + delayMs < untilMs; delayMs = Math.min(1_000, delayMs * 2)) {
      await clock.sleep(delayMs);
      state = (await requests.read()) ?? state;
      if (state.requested > requested || state.pending.size === 0) return;
      const pending = [...state.pending.keys()];
      const { settled, impossible } = await deps.source.settled({ pending, deadlineMs: untilMs });
      const old = expired(state.pending, clock.now()).filter((id) => !settled.includes(id));
      if (impossible.length + old.length > 0) state = await strike(impossible, old);
      if (settled.length > 0) {
        // It stays recorded until it is published: a crash from here on does not lose it. The read has a ticket of its
        // own, by which the form of another release, which has seen the last one, is behind.
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

  /** How long the owner of a busy database wants the tables left alone, from now. */
  async function untilNextRead(): Promise<number> {
    const { minReadIntervalMs } = deps;
    if (minReadIntervalMs === 0 || serving.mustRead) return 0;
    pointer ??= await readOrCreatePointer(deps.pointers, deps.newId);
    const sinceMs = clock.now() - pointer.readAtMs;
    return sinceMs < 0 ? 0 : Math.max(0, minReadIntervalMs - sinceMs); // below 0: a clock that was ahead
  }

  async function renewed(before: RefreshState): Promise<RefreshState> {
    const nowMs = clock.now();
    const lease = { owner, nowMs, untilMs: leaseUntil(nowMs, deadlineMs) };
    return (await requests.acquire(lease)) ?? (await requests.read()) ?? before;
  }
}
