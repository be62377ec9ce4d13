import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import { type ChunkSizes, defaultChunkSizes } from '../snapshots/cut.ts';
import type { Head } from '../snapshots/head.ts';
import type { Source } from '../source/source.ts';
import type { RefreshRequests, RefreshState, SnapshotStore } from '../stores/store.ts';
import { knownRuns } from './known-runs.ts';
import { type Published, publish } from './publish.ts';

export interface RefreshRequest {
  /** Transactions whose changes are to be in the snapshot, as their events named them. */
  transactionIds?: readonly string[];
  /** By the clock. The lease ends then too. */
  deadlineMs: number;
  /** Whether to wait for another holder of the lease to serve this request. */
  wait: boolean;
  /** How long to go on for other requests, once this one is served: those that are open then get one more read. */
  lingerMs: number;
  /** Writes every chunk again: some were missing or corrupt. */
  rewrite?: boolean;
}

/**
 * `published`, `unchanged`, `superseded`: the request is served; the head is of a moment after the request.
 * `coalesced`: the same, by another container. `recorded`: it will be served. `pending`: transactions that were announced
 * and still run, so that what was read is without them.
 */
export type Refreshed =
  | (Pick<Published, 'outcome' | 'head'> & { unknownColumns: string[]; pending: string[] })
  | { outcome: 'coalesced'; pending: string[] }
  | { outcome: 'recorded' };

export interface Refresher {
  /**
   * Records a request to read the table, and serves it and all others that are open, unless another container is at it.
   * A request that was recorded is not lost by any error: the next call of `refresh` or `resume` serves it.
   *
   * @throws what the source and the stores throw; EpochError.
   */
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** Serves what was recorded and left open, if there is anything: one small read where there is not. */
  resume(request: Pick<RefreshRequest, 'deadlineMs'>): Promise<Refreshed | { outcome: 'idle' }>;
}

export function createRefresher({
  store,
  requests,
  source,
  epoch,
  clock,
  newOwner,
  report,
  sizes = defaultChunkSizes,
}: {
  store: SnapshotStore;
  requests: RefreshRequests;
  source: Source;
  epoch: number;
  clock: Clock;
  /** A name for the holder of a lease, never given twice. */
  newOwner: () => string;
  report: Report;
  sizes?: ChunkSizes;
}): Refresher {
  async function work(ticket: number, request: RefreshRequest): Promise<Refreshed> {
    const owner = newOwner();
    for (let delayMs = 25; ; delayMs = Math.min(250, delayMs * 2)) {
      const state = await requests.acquire({ owner, nowMs: clock.now(), untilMs: request.deadlineMs });
      if (state !== undefined) {
        const nothingOpen = state.served >= state.requested && state.pending.length === 0;
        if (!nothingOpen || request.rewrite) return serve(owner, ticket, state, request);
        if (await requests.release({ owner, requested: state.requested }))
          return { outcome: 'coalesced', pending: state.pending };
        continue;
      }
      if (!request.wait) {
        report({ name: 'refresh.coalesced', ticket });
        return { outcome: 'recorded' };
      }
      if (clock.now() + delayMs >= request.deadlineMs) return { outcome: 'recorded' };
      await clock.sleep(delayMs);
      const { served, pending } = await requests.read();
      // Whoever serves the ticket reads what has changed: it does not write again what is broken.
      if (served >= ticket && !request.rewrite) {
        report({ name: 'refresh.coalesced', ticket });
        return { outcome: 'coalesced', pending };
      }
    }
  }

  /** With the lease: reads and publishes until nothing is open, or until time is up. */
  async function serve(
    owner: string,
    ticket: number,
    open: RefreshState,
    request: RefreshRequest,
  ): Promise<Refreshed> {
    let result: Refreshed | undefined;
    let untilMs = request.deadlineMs;
    let isLast = false;
    try {
      for (let state = open; ; ) {
        const { requested } = state;
        const { published, settled, unknownColumns } = await readAndPublish(state, request);
        state = await requests.settle({ served: requested, settled });
        // The first read answers this request; what is done from here on is for others.
        if (result === undefined) untilMs = Math.min(untilMs, clock.now() + request.lingerMs);
        result = { ...published, unknownColumns, pending: state.pending };

        if (state.requested === requested && state.pending.length > 0)
          state = await waitForWork(state, untilMs);
        if (state.requested === requested && (await requests.release({ owner, requested }))) {
          if (state.pending.length > 0)
            report({ name: 'refresh.pending', level: 'warn', ticket, transactionIds: state.pending });
          return result;
        }
        if (clock.now() >= untilMs) {
          // An event that came alone is served at once. Only what came during the last read waits for the next one.
          if (isLast || clock.now() >= request.deadlineMs) {
            await requests.release({ owner });
            return result;
          }
          isLast = true;
        }
        if (state.requested === requested) state = await requests.read();
      }
    } catch (error) {
      // Nothing is lost: what was recorded stays recorded. A lease that cannot be given back runs out.
      await requests.release({ owner }).catch((cause: unknown) => {
        report({ name: 'refresh.lease_kept', level: 'warn', cause });
      });
      if (result === undefined) throw error;
      report({ name: 'refresh.interrupted', level: 'warn', ticket, cause: error });
      return result;
    }
  }

  async function readAndPublish(
    { pending }: Pick<RefreshState, 'pending'>,
    { deadlineMs, rewrite = false }: Pick<RefreshRequest, 'deadlineMs' | 'rewrite'>,
  ): Promise<{ published: Published; settled: string[]; unknownColumns: string[] }> {
    const startMs = clock.now();
    const base: Head | undefined = await store.readHead(); // before the table, so that nothing later is in it
    const known = knownRuns(base, { form: source.form, sizes, rewrite });
    const { runs, etag, moment, settled, unknownColumns } = await source.read({ pending, deadlineMs, known });
    const readMs = clock.now() - startMs;
    const { form } = source;
    const version = { epoch, rank: moment.rank };
    const content = { runs, etag, form, version, snapshot: moment.snapshot };
    const published = await publish(store, content, base, { sizes, nowMs: clock.now(), rewrite });
    if (published === undefined) return readAndPublish({ pending }, { deadlineMs, rewrite });
    if (unknownColumns.length > 0)
      report({ name: 'table.unknown_columns', level: 'warn', columns: unknownColumns });
    report({
      name: 'refresh.done',
      outcome: published.outcome,
      version: `${published.head.epoch}.${published.head.rank}`,
      rows: published.head.count,
      readRows: runs.reduce((count, run) => count + ('records' in run ? run.records.length : 0), 0),
      writtenBytes: published.writtenBytes,
      readMs,
      refreshMs: clock.now() - startMs,
      pendingTransactions: pending.length - settled.length,
    });
    return { published, settled, unknownColumns };
  }

  /** Until a pending transaction is finished, a request comes in, or time is up: small reads, the table is left alone. */
  async function waitForWork(before: RefreshState, untilMs: number): Promise<RefreshState> {
    for (let delayMs = 20; clock.now() + delayMs < untilMs; delayMs = Math.min(200, delayMs * 2)) {
      await clock.sleep(delayMs);
      const state = await requests.read();
      if (state.requested > before.requested) return state;
      const settled = await source.settled({ pending: state.pending, deadlineMs: untilMs });
      // A finished transaction is a request like any other: from here on a crash does not lose it.
      if (settled.length > 0) return { ...state, requested: await requests.record([]) };
    }
    return before;
  }

  return {
    async refresh(request) {
      const ticket = await requests.record(request.transactionIds ?? []);
      return work(ticket, request);
    },
    async resume({ deadlineMs }) {
      const { requested, served, pending } = await requests.read();
      if (requested <= served && pending.length === 0) return { outcome: 'idle' };
      return work(requested, { deadlineMs, wait: false, lingerMs: Number.POSITIVE_INFINITY });
    },
  };
}
