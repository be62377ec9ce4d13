import type { Pointer } from '../snapshots/pointer.ts';
import type { LeftOut } from '../source/dataset-source.ts';

export interface RefreshRequest {
  /** Transactions whose changes are to be published, as their events named them. */
  transactionIds?: readonly string[];
  /** When the first of the changes was announced, by the clock of whoever announced it. */
  announcedAtMs?: number;
  /** By the clock. The lease ends then too, or earlier. */
  deadlineMs: number;
  /** Whether to wait for another holder of the lease to serve this request. */
  wait: boolean;
  /** How long to go on for other requests, once this one is served: those that are open then get one more read. */
  lingerMs: number;
  /** Blobs that are missing or corrupt. With any, the request is for them alone: it draws no ticket. */
  repair?: readonly string[];
}

/**
 * `published`, `unchanged`: this call read the tables. `coalesced`: another container did, or has repaired what was
 * missing. In all three the pointer was read, or written, after the request came in.
 */
export interface Answered {
  outcome: 'published' | 'unchanged' | 'coalesced';
  pointer: Pointer;
  /** Transactions that were announced and still run: what was read is without them. */
  pending: readonly string[];
  /** Tables that could not be read: they stay as they were. */
  leftOut: ReadonlyMap<string, LeftOut>;
  /** Tables that would have lost more than they may: they stay as they were. */
  held: readonly string[];
  unknownColumns: ReadonlyMap<string, readonly string[]>;
}

/** `recorded`: it will be done, by another container or by the schedule. */
export interface Recorded {
  outcome: 'recorded';
  /** Where the tables are not read again before `minReadIntervalMs` is over. */
  retryAfterMs?: number;
}

export type Refreshed = Answered | Recorded;
