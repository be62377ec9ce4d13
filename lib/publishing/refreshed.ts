import type { Pointer } from '../snapshots/pointer.ts';
import type { LeftOut } from '../source/dataset-source.ts';

export interface RefreshRequest {
  /** Transactions whose changes are to be published, as their events named them. */
  transactionIds?: readonly string[];
  /** When the first of the changes was announced, by the announcer's clock. */
  announcedAtMs?: number;
  /** By the clock. The lease ends then, or earlier. */
  deadlineMs: number;
  /** Whether to wait if another container holds the lease. */
  wait: boolean;
  /** How long to serve other requests after this one. Requests that are open at the end get one more read. */
  lingerMs: number;
  /** Missing or corrupt blobs. If there are any, the request only repairs them, and draws no ticket. */
  repair?: readonly string[];
}

/**
 * `published`, `unchanged`: this call read the tables. `coalesced`: another container read or repaired them. The pointer was
 * read or written after the request arrived.
 */
export interface Answered {
  outcome: 'published' | 'unchanged' | 'coalesced';
  pointer: Pointer;
  /** Announced transactions that are still running: the read excludes them. */
  pending: readonly string[];
  /** Tables that could not be read: they keep their content. */
  leftOut: ReadonlyMap<string, LeftOut>;
  /** Tables that would have lost more rows than `mayLose` allows: they keep their content. */
  held: readonly string[];
  unknownColumns: ReadonlyMap<string, readonly string[]>;
}

/** `recorded`: another container or the schedule will serve the request. */
export interface Recorded {
  outcome: 'recorded';
  /** Set if `minReadIntervalMs` delays the next read. */
  retryAfterMs?: number;
}

export type Refreshed = Answered | Recorded;
