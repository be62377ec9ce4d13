import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { StoreError } from '../stores/store-error.ts';
import type { Table } from '../tables/table.ts';
import { createAnswer } from './answer.ts';
import { createBoundedMemory } from './bounded-memory.ts';
import { createContents } from './contents.ts';
import { createCurrentList } from './current-list.ts';
import { createLoader } from './loader.ts';
import { createOldList } from './old-list.ts';
import { BrokenError, nothingPublished } from './read-error.ts';
import type { Freshness, ReadRequest } from './read-request.ts';
import type { Refreshed, Refresher } from './refresher.ts';
import { createRefreshes } from './refreshes.ts';
import { createRepairs } from './repairs.ts';
import type { Served } from './served.ts';
import { entryOf } from './state.ts';
import { newTries } from './tries.ts';
import { createValidator, type SentRead, type Validated } from './validator.ts';
import { createTransactionWait } from './wait-for-transaction.ts';

/** One per container, for all tables of the dataset. */
export interface Reader {
  /**
   * Reads the pointer once, in a container's init phase, and then requests the chunks of the tables, if these are small. It
   * does not wait for the chunks, and never rejects: after a failure the first request reads again, and reports the error.
   */
  start(tables: readonly Table[], sent?: SentRead): Promise<void>;
  /**
   * @throws UnavailableError if nothing can be served now; ReadError; the refresh's error if the table is not published in
   * this form
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
  /** The stores belong to this container, which alone publishes there: it revalidates by reading the tables. */
  isLocal?: boolean;
  /** A reader with local stores, for when the shared stores do not respond and memory has nothing to serve. */
  withoutStore?: () => Promise<Pick<Reader, 'read'>>;
  freshness: Freshness;
  /** The bound for lists in memory. */
  memoryBytes: number;
  clock: Clock;
  report: Report;
}

/** The share of the memory that replaced generations may take. */
const historyShare = 0.25;
/** The most bytes, as JSON, of the tables whose chunks a container requests at its start: some 20 to 60 read units. */
const prefetchedBytes = 512 * 1024;
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
  const repairs = createRepairs({ refreshes, report });
  const answer = createAnswer({ currentList, oldList, refreshes, report });

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
    const tries = newTries();
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const again = tries.isAdopted ? { notBeforeMs: startMs } : { fresh: true };
      const first = { fresh: noCache, notBeforeMs };
      let validated: Validated | undefined;
      tries.repairsBefore = repairs.made();
      try {
        validated = await validator.validate({ ...(attempt === 1 ? first : again), deadlineMs });
        const served = await answer(request, validated, tries);
        if (served !== undefined) return served;
      } catch (error) {
        if (!(error instanceof BrokenError)) throw error;
        await repairs.repair(request, error, validated?.state.pointer, tries);
      }
    }
    throw nothingPublished(request.table.name);
  }

  return {
    async start(tables, sent) {
      const state = await validator.start(sent);
      const entries = tables.flatMap((table) => (state && entryOf(state, table)) ?? []);
      if (entries.reduce((sum, { bytes }) => sum + bytes, 0) > prefetchedBytes) return;
      loader.prefetch(entries.map(({ manifest }) => manifest)).catch(() => {});
    },
    async read(request) {
      const { transactionId, deadlineMs, version } = request;
      const readOnce = (revalidate: boolean) => read(revalidate ? { ...request, noCache: true } : request);
      // A named version has fixed content: the page that linked to it included the transaction.
      if (transactionId === undefined || version !== undefined) return readOnce(false);
      return readIncluding(transactionId, readOnce, { deadlineMs });
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
