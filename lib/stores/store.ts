import { UnavailableError } from '../errors.ts';
import type { Chunk } from '../snapshots/chunk.ts';
import type { Head, Version } from '../snapshots/head.ts';

/**
 * Where the published snapshot is kept for all containers. A call may be slow or reject; a write that rejected may
 * have happened.
 */
export interface SnapshotStore {
  /** The published snapshot, by a consistent read: never older than what a finished `publish` wrote. */
  readHead(): Promise<Head | undefined>;
  /** The chunks that are there; a missing one is left out. */
  readChunks(hashes: readonly string[]): Promise<Chunk[]>;
  /**
   * Stores chunks, or stores them again: from then on they stay until they are retired. One that a later version has
   * written stays that version's.
   */
  writeChunks(chunks: readonly Chunk[], version: Version): Promise<void>;
  /**
   * Publishes `head` if what is published now is the version `over` (or nothing), and not otherwise.
   * @returns whether it did.
   */
  publish(head: Head, over: Version | undefined): Promise<boolean>;
  /** Lets chunks expire, a day later, that the head of `version` no longer names and nobody has written since. */
  retireChunks(hashes: readonly string[], version: Version): Promise<void>;
}

/** What is asked of the refresher, and who is at it. */
export interface RefreshState {
  /** How many refreshes were asked for; the number of a request is its ticket. */
  requested: number;
  /** The highest ticket that a published snapshot answers. */
  served: number;
  /** Transactions that announced a change and are not known to be finished. */
  pending: string[];
}

/** The durable list of what is to be done: a change recorded here is in a published snapshot sooner or later. */
export interface RefreshRequests {
  /** Records one request, and the transactions it names. @returns its ticket. */
  record(transactionIds: readonly string[]): Promise<number>;
  read(): Promise<RefreshState>;
  /**
   * Takes the lease if nobody else has it, or its time is over. The lease saves work; nothing else depends on it.
   * @returns the state at that moment, or undefined when somebody else has the lease.
   */
  acquire(lease: { owner: string; nowMs: number; untilMs: number }): Promise<RefreshState | undefined>;
  /** Raises `served`, never lowers it, and removes settled transactions. @returns the state after that. */
  settle(done: { served: number; settled: readonly string[] }): Promise<RefreshState>;
  /**
   * Gives the lease back if it is still the owner's and, where `requested` is given, no request came after that ticket.
   * @returns false when there is such a request: it is the owner's to serve.
   */
  release(lease: { owner: string; requested?: number }): Promise<boolean>;
}

export type StoreFault = 'does not answer' | 'refuses the call' | 'gives what cannot be read';

/** The shared cache is of no use now: see its fault. Never a reason to fail while there is anything to serve. */
export class StoreError extends UnavailableError {
  constructor(operation: string, cause: unknown, fault: StoreFault = 'does not answer') {
    super('cache_unavailable', `The shared cache ${fault} (${operation}).`, { cause, retryAfterMs: 1_000 });
  }
}
