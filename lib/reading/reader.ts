import type { Clock } from '../clock.ts';
import { CodedError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { Pointer, TableEntry } from '../snapshots/pointer.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { StoreError } from '../stores/store-error.ts';
import { createBoundedMemory } from './bounded-memory.ts';
import { createCurrentList } from './current-list.ts';
import { createContents, createLoader } from './loader.ts';
import { createOldList } from './old-list.ts';
import {
  BrokenError,
  errorOf,
  noFormPinned,
  nothingPublished,
  pinnedError,
  versionUnknown,
} from './read-error.ts';
import type { Freshness, ReadRequest } from './read-request.ts';
import type { Refreshed, Refresher } from './refresher.ts';
import { createRefreshes } from './refreshes.ts';
import type { Served } from './served.ts';
import { answeredBy, entryOf, isDue, isNamed } from './state.ts';
import { createValidator, type Validated } from './validator.ts';
import { createTransactionWait } from './wait-for-transaction.ts';

/** One per container, for all tables of the dataset. */
export interface Reader {
  /**
   * Reads the pointer once, in a container's init phase. It never fails: the first request asks again, or finds out
   * why it cannot.
   */
  start(): Promise<void>;
  /**
   * @throws UnavailableError if there is nothing to serve, or not what the request names; ReadError; the refresh's
   * error if the table is not published in this form
   */
  read(request: ReadRequest): Promise<Served>;
  /**
   * Adopts the pointer that a refresh in this container published or found.
   * @param sinceMs when the refresh began, by the clock: memory counts as validated then
   * @returns whether it did; otherwise the pointer must be revalidated
   */
  adopt(refreshed: Refreshed, sinceMs: number): Promise<boolean>;
  /** Takes a blob that this container has written, so that it need not be fetched. */
  offer(blob: Blob): void;
}

export interface ReaderDeps {
  pointers: Pick<PointerStore, 'read' | 'readArchived'>;
  blobs: Pick<BlobStore, 'read'>;
  /** Called when first needed: most containers of the list function never use the database. */
  refresher: () => Promise<Refresher>;
  /** The stores belong to this container, and only it publishes there: to revalidate is to read the tables. */
  isLocal?: boolean;
  /** A reader with local stores, for when the shared stores do not respond and memory has nothing to serve. */
  withoutStore?: () => Promise<Pick<Reader, 'read'>>;
  freshness: Freshness;
  /** The bound for lists in memory. */
  memoryBytes: number;
  clock: Clock;
  report: Report;
}

/** What one request has tried so far. */
interface Tries {
  /** The pointer's revision when a blob was found missing. */
  brokenRevision: string | undefined;
  repairs: number;
  /** The number of repairs in this container when the request last started over. */
  repairsBefore: number;
  hasRefreshed: boolean;
  /** Whether memory has adopted what the last refresh published. */
  isAdopted: boolean;
  /** A due refresh failed. */
  isBehind: boolean;
}

/** The share of the memory that replaced generations may take. */
const historyShare = 0.25;
/** The number of repairs for one request: a missing manifest segment hides which chunks are missing. */
const mostRepairs = 2;
/** How often one request starts over, after a refresh or with another pointer, before it fails. */
const mostAttempts = 8;

export function createReader(deps: ReaderDeps): Reader {
  const { pointers, blobs, refresher, isLocal = false, withoutStore } = deps;
  const { freshness, memoryBytes, clock, report } = deps;
  const contents = createContents(createBoundedMemory(memoryBytes * (1 - historyShare)));
  const loader = createLoader({ blobs, contents });
  const ask = isLocal ? readTables : () => pointers.read();
  const validator = createValidator({ ask, pointers, loader, freshness, clock });
  const leastIntervalMs = Math.max(1_000, freshness.freshForMs);
  const refreshes = createRefreshes({ refresher, validator, leastIntervalMs, clock });
  const listDeps = { loader, validator, freshness, isLocal, clock, report };
  const currentList = createCurrentList({ ...listDeps, contents });
  const oldList = createOldList({ ...listDeps, pointers, memoryBytes: memoryBytes * historyShare });
  const readIncluding = createTransactionWait({ waitMs: freshness.transactionWaitMs, clock });

  let repairsMade = 0;

  async function readTables(deadlineMs: number): Promise<Pointer | undefined> {
    const { refresh } = await refresher();
    const refreshed = await refresh({ deadlineMs, wait: true, lingerMs: 0 });
    return 'pointer' in refreshed ? refreshed.pointer : pointers.read();
  }

  async function read(request: ReadRequest): Promise<Served> {
    try {
      return await readStore(request);
    } catch (error) {
      const isOfStore = error instanceof StoreError || error instanceof BrokenError;
      if (!isOfStore || request.version !== undefined || withoutStore === undefined) throw error;
      report({ name: 'store.bypassed', level: 'error', table: request.table.name, cause: error });
      const reader = await withoutStore();
      return reader.read(request);
    }
  }

  async function readStore(request: ReadRequest): Promise<Served> {
    const { noCache = false, notBeforeMs, deadlineMs } = request;
    const startMs = clock.now();
    const tries: Tries = {
      brokenRevision: undefined,
      repairs: 0,
      repairsBefore: 0,
      hasRefreshed: false,
      isAdopted: false,
      isBehind: false,
    };
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const again = tries.isAdopted ? { notBeforeMs: startMs } : { fresh: true };
      const first = { fresh: noCache, notBeforeMs };
      let validated: Validated | undefined;
      tries.repairsBefore = repairsMade;
      try {
        validated = await validator.validate({ ...(attempt === 1 ? first : again), deadlineMs });
        const served = await answer(request, validated, tries);
        if (served !== undefined) return served;
      } catch (error) {
        if (!(error instanceof BrokenError)) throw error;
        await repair(request, error, validated?.state.pointer, tries);
      }
    }
    throw nothingPublished(request.table.name);
  }

  /** Revalidate the pointer first: it may have been replaced. */
  async function repair(
    { table, deadlineMs }: ReadRequest,
    error: BrokenError,
    pointer: Pointer | undefined,
    tries: Tries,
  ): Promise<void> {
    const isSame = pointer?.revision === tries.brokenRevision;
    tries.brokenRevision = pointer?.revision;
    tries.isAdopted = false;
    if ((!isSame && pointer !== undefined) || repairsMade > tries.repairsBefore) return;
    report({ name: 'snapshot.broken', level: 'error', table: table.name, cause: error });
    // The pinned version's rows are gone from the tables, so a repair is impossible.
    if (pointer?.pin !== undefined)
      throw new CodedError('snapshot_broken', `The pinned version ${pointer.pin} is damaged: unpin it.`, {
        cause: error,
      });
    if (tries.repairs === mostRepairs) throw error;
    tries.repairs += 1;
    ({ isAdopted: tries.isAdopted } = await refreshes.repair(deadlineMs, error.hashes));
    repairsMade += 1;
  }

  /** @returns undefined if the pointer may have been replaced */
  async function answer(
    request: ReadRequest,
    validated: Validated,
    tries: Tries,
  ): Promise<Served | undefined> {
    const { table, version, transactionId } = request;
    const { state, staleBecause, isNew } = validated;
    const { pin } = state.pointer;
    if (pin !== undefined && transactionId !== undefined && version === undefined) throw pinnedError(pin);
    const entry = entryOf(state, table);
    if (version !== undefined && version !== answeredBy(state)) {
      const hasStayed = entry !== undefined && version >= entry.changed && isNamed(state, version);
      if (version > answeredBy(state)) {
        // Another container may have published it.
        if (isNew) throw versionUnknown(version, answeredBy(state));
        if (staleBecause === undefined) return undefined;
      }
      if (!hasStayed || version > answeredBy(state)) return oldList(request, version, validated);
    }
    const isOurs = staleBecause === undefined && pin === undefined && version === undefined;
    const isBehind = isOurs && isDue(state, table);
    if (isBehind && tries.hasRefreshed && !tries.isBehind) {
      tries.isBehind = true;
      refreshes.failed(nothingPublished(table.name));
    }
    if (entry !== undefined && (!isBehind || tries.hasRefreshed))
      return currentList(request, entry, validated, tries);
    if (staleBecause !== undefined) throw staleBecause;
    if (pin !== undefined) throw noFormPinned(table.name, pin);
    if (tries.hasRefreshed) throw nothingPublished(table.name);
    await catchUp(request, entry, tries);
    return undefined;
  }

  /** One refresh if the table is not published in this form, or another form is newer. */
  async function catchUp({ table, deadlineMs }: ReadRequest, entry: TableEntry | undefined, tries: Tries) {
    tries.hasRefreshed = true;
    try {
      const { leftOut, isAdopted } = await refreshes.catchUp(deadlineMs);
      tries.isAdopted = isAdopted;
      const fault = leftOut.get(table.name);
      if (fault !== undefined) throw errorOf(fault);
    } catch (error) {
      if (entry === undefined) throw error;
      report({ name: 'list.behind', level: 'warn', table: table.name, cause: error });
      tries.isBehind = true;
    }
  }

  return {
    start: validator.start,
    async read(request) {
      const { transactionId, deadlineMs, version } = request;
      const readAgain = (anew: boolean) => read(anew ? { ...request, noCache: true } : request);
      // A named version has fixed content: the page that linked to it included the transaction.
      if (transactionId === undefined || version !== undefined) return readAgain(false);
      return readIncluding(transactionId, readAgain, { deadlineMs });
    },
    async adopt(refreshed, sinceMs) {
      if (!('pointer' in refreshed)) return false;
      return validator.adopt(refreshed.pointer, sinceMs).catch((cause: unknown) => {
        report({ name: 'refresh.not_adopted', level: 'warn', cause });
        return false;
      });
    },
    offer: loader.offer,
  };
}
