import { hash } from 'node:crypto';
import { BlobError } from '../snapshots/blob-error.ts';
import { type ChunkSizes, defaultChunkSizes } from '../snapshots/cut.ts';
import { entryOf, isBehind } from '../snapshots/forms.ts';
import { isWhole } from '../snapshots/is-whole.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { Blob } from '../stores/blobs.ts';
import { readTables } from '../stores/read-manifest.ts';
import { isLeaseFree, type RefreshState } from '../stores/requests.ts';
import { defaultPointerBytes } from './fit-pointer.ts';
import type { Answered, Refreshed, RefreshRequest } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import { leaseUntil, type ServeDeps, serve, visible } from './serve.ts';

export interface Refresher {
  /**
   * Records a request to read the tables, and serves it with all other open requests, unless another container holds
   * the lease. No error loses a recorded request: the next `refresh` or `resume` serves it.
   * @throws the errors of the source and the stores
   */
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** For the schedule: serves recorded requests that are still open; costs one small read if there are none. */
  resume(request: Pick<RefreshRequest, 'deadlineMs'>): Promise<Refreshed | { outcome: 'idle' }>;
  /** For a list that is not published in this form, or whose other form is newer: reads once, and draws no ticket. */
  catchUp(request: Pick<RefreshRequest, 'deadlineMs'>): Promise<Refreshed>;
}

export interface RefresherDeps
  extends Omit<
    ServeDeps,
    'nowMs' | 'sizes' | 'pointerBytes' | 'putsAtOnce' | 'onBlob' | 'minReadIntervalMs'
  > {
  sizes?: ChunkSizes;
  pointerBytes?: number;
  putsAtOnce?: number;
  onBlob?: (blob: Blob) => void;
  minReadIntervalMs?: number;
  /** The longest time between two reads of the tables, which the schedule enforces. 0: off. */
  maxReadIntervalMs?: number;
}

/** Each takes one or two megabytes while it is packed and sent. */
const defaultPutsAtOnce = 8;
/** The schedule runs each minute; after repeated reads that left a table out, it skips up to this long. */
const longestSkipMs = 15 * 60_000;
/** How long a list that is behind waits for another release's lease, before it takes it over. */
const patienceMs = 250;

/** An older time is a fault of the announcer's clock; its transactions would be given up too early. */
const oldestAnnouncementMs = 60 * 60_000;
const believed = (announcedAtMs: number | undefined, nowMs: number) =>
  announcedAtMs === undefined
    ? nowMs
    : Math.min(nowMs, Math.max(announcedAtMs, nowMs - oldestAnnouncementMs));

export function createRefresher(given: RefresherDeps): Refresher {
  const deps: ServeDeps = {
    sizes: defaultChunkSizes,
    pointerBytes: defaultPointerBytes,
    putsAtOnce: defaultPutsAtOnce,
    onBlob: () => {},
    minReadIntervalMs: 0,
    ...given,
    nowMs: given.clock.now,
  };
  const { pointers, blobs, requests, source, clock, newId, report } = deps;
  /** The schedule's last read that left a table out. */
  let leftOut: { requested: number; times: number; untilMs: number } | undefined;

  const leaseOf = (owner: string, deadlineMs: number) => ({
    owner,
    untilMs: leaseUntil(clock.now(), deadlineMs),
  });
  const acquire = (owner: string, deadlineMs: number, from?: string) =>
    requests.acquire({ ...leaseOf(owner, deadlineMs), nowMs: clock.now(), from });
  /** Identifies this release's forms: another release does not publish them. */
  const release = hash('sha256', source.tables.map(({ form }) => form).join(), 'base64url').slice(0, 8);
  const newOwner = () => `${newId()} ${release}`;
  const isOther = (owner: string) => !owner.endsWith(` ${release}`);

  async function refresh(request: RefreshRequest): Promise<Refreshed> {
    const { repair = [] } = request;
    if (repair.length === 0) return recordAndServe(request);
    return once(request, async () => {
      const found = await blobs.read(repair);
      return found.length === repair.length && found.every(isWhole);
    });
  }

  async function recordAndServe(request: RefreshRequest): Promise<Refreshed> {
    const owner = newOwner();
    const { transactionIds = [], deadlineMs } = request;
    const nowMs = clock.now();
    const announcedAtMs = believed(request.announcedAtMs, nowMs);
    const lease = leaseOf(owner, deadlineMs);
    const record = { transactionIds, announcedAtMs, nowMs, lease, untilMs: deadlineMs };
    // The pointer is read before the tables in any case; it need not wait for the record.
    const [recorded, read] = await Promise.allSettled([requests.record(record), pointers.read()]);
    if (recorded.status === 'rejected') throw recorded.reason;
    const state = recorded.value;
    if (state.lease?.owner === owner) {
      const pointer = read.status === 'fulfilled' ? read.value : undefined;
      return serve(deps, { owner, state, pointer, request, mustRead: false });
    }
    if (!request.wait) return coalescedLater(state.requested);
    return waitToBeServed(owner, state, request);
  }

  function coalescedLater(ticket: number): Refreshed {
    report({ name: 'refresh.coalesced', ticket });
    return { outcome: 'recorded' };
  }

  /** Waits until the ticket is served, or the lease is free. */
  async function waitToBeServed(
    owner: string,
    { incarnation, requested: ticket }: RefreshState,
    request: RefreshRequest,
  ): Promise<Refreshed> {
    for (let delayMs = 25; ; delayMs = Math.min(250, delayMs * 2)) {
      if (clock.now() + delayMs >= request.deadlineMs) return { outcome: 'recorded' };
      await clock.sleep(delayMs);
      const state = await requests.read();
      if (state === undefined || state.incarnation !== incarnation) return recordAndServe(request);
      if (state.served >= ticket) {
        report({ name: 'refresh.coalesced', ticket });
        const { transactionIds = [], announcedAtMs } = request; // those that have ids were told of by whoever read
        if (announcedAtMs !== undefined && transactionIds.length === 0)
          report(visible(clock.now(), announcedAtMs));
        return coalesced(state);
      }
      if (!isLeaseFree(state.lease, clock.now())) continue;
      const taken = await acquire(owner, request.deadlineMs);
      if (taken === undefined) continue;
      if (taken.incarnation !== incarnation) {
        await requests.release({ owner });
        return recordAndServe(request);
      }
      return serveTaken(owner, taken, ticket, request);
    }
  }

  async function serveTaken(owner: string, taken: RefreshState, ticket: number, request: RefreshRequest) {
    if (taken.served < taken.requested || taken.served < ticket)
      return serve(deps, { owner, state: taken, request, mustRead: false });
    await requests.release({ owner });
    return coalesced(taken);
  }

  /** Answers from the current pointer, which is of a moment after the served request. */
  async function coalesced(state: RefreshState | undefined): Promise<Answered> {
    const pointer = await readOrCreatePointer(pointers, newId);
    const tables = await tablesIn(pointer);
    const held = source.tables
      .filter(({ name, form }) => entryOf(tables[name], form)?.held !== undefined)
      .map(({ name }) => name);
    const pending = [...(state?.pending.keys() ?? [])];
    const nothing = { leftOut: new Map(), unknownColumns: new Map() };
    return { outcome: 'coalesced', pointer, pending, held, ...nothing };
  }

  /** Empty if the root blob is broken: then a repair is due. */
  const tablesIn = (pointer: Pointer): Promise<Tables> =>
    readTables(blobs, pointer).catch((error: unknown) => {
      if (error instanceof BlobError) return {};
      throw error;
    });

  /** A request without a ticket: the first holder of the lease does it, and the others find it done. */
  async function once(
    request: RefreshRequest,
    isDone: (state: RefreshState | undefined) => Promise<boolean>,
    { isOfForm = false }: { isOfForm?: boolean } = {},
  ): Promise<Refreshed> {
    const owner = newOwner();
    let holder: string | undefined;
    for (let delayMs = 25; ; delayMs = Math.min(250, delayMs * 2)) {
      const seen = await requests.read();
      if (seen === undefined) return recordAndServe(request);
      const isFree = isLeaseFree(seen.lease, clock.now());
      // The last holder of the lease may have done it.
      if (holder !== undefined && holder !== seen.lease?.owner && (await isDone(seen)))
        return coalesced(seen);
      holder = seen.lease?.owner;
      // A busy holder from another release would never do it.
      const takesOver = isOfForm && delayMs >= patienceMs && holder !== undefined && isOther(holder);
      const state = isFree || takesOver ? await acquire(owner, request.deadlineMs, holder) : undefined;
      if (state !== undefined) {
        try {
          if (await isDone(state)) {
            await requests.release({ owner });
            return await coalesced(state);
          }
        } catch (error) {
          await requests.release({ owner });
          throw error;
        }
        return serve(deps, { owner, state, request, mustRead: true });
      }
      if (!request.wait || clock.now() + delayMs >= request.deadlineMs) return { outcome: 'recorded' };
      await clock.sleep(delayMs);
    }
  }

  return {
    refresh,
    async catchUp({ deadlineMs }) {
      const request = { deadlineMs, wait: true, lingerMs: 0 };
      const isDone = async () => {
        const tables = await tablesIn(await readOrCreatePointer(pointers, newId));
        return source.tables.every(({ name, form }) => !isBehind(tables[name], form));
      };
      return once(request, isDone, { isOfForm: true });
    },
    async resume({ deadlineMs }) {
      const request = { deadlineMs, wait: false, lingerMs: Number.POSITIVE_INFINITY };
      const state = await requests.read();
      const isOpen = state !== undefined && isAnythingOpen(state);
      if (state !== undefined && !isOpen && !(await isDue())) return { outcome: 'idle' };
      const isSame = state !== undefined && leftOut?.requested === state.requested;
      if (isSame && clock.now() < (leftOut?.untilMs ?? 0)) return { outcome: 'idle' };
      const refreshed = isOpen ? await takeOver(request, state) : await recordAndServe(request);
      if ('leftOut' in refreshed && refreshed.leftOut.size > 0) {
        const times = isSame ? (leftOut?.times ?? 0) + 1 : 1;
        const skippedMs = Math.min(longestSkipMs, 30_000 * 2 ** times);
        leftOut = { requested: state?.requested ?? 1, times, untilMs: clock.now() + skippedMs };
      } else leftOut = undefined;
      return refreshed;
    },
  };

  function isAnythingOpen({ served, requested, pending, dropped }: RefreshState) {
    return served < requested || pending.size > 0 || dropped !== undefined;
  }

  async function takeOver(request: RefreshRequest, { requested, dropped }: RefreshState): Promise<Refreshed> {
    // Only a read shows whether a dropped transaction is finished. It draws a ticket, because it may include more
    // than what another release's form has seen.
    if (dropped !== undefined) return recordAndServe(request);
    const owner = newOwner();
    const state = await acquire(owner, request.deadlineMs);
    if (state === undefined) return coalescedLater(requested);
    return serve(deps, { owner, state, request, mustRead: false });
  }

  async function isDue(): Promise<boolean> {
    const { maxReadIntervalMs = 0 } = given;
    if (maxReadIntervalMs === 0) return false;
    const pointer = await pointers.read();
    return clock.now() - (pointer?.readAtMs ?? 0) >= maxReadIntervalMs;
  }
}
