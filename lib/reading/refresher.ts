import type { CodedError } from '../errors.ts';
import type { Pointer } from '../snapshots/pointer.ts';

export interface RefreshRequest {
  /** Transactions whose changes the result must include. */
  transactionIds?: readonly string[];
  /** By the clock. */
  deadlineMs: number;
  /** Whether to wait if another container holds the lease. */
  wait: boolean;
  /** How long to continue for other requests after this one is served, in ms. */
  lingerMs: number;
  /** Hashes of missing or corrupt blobs that the pointer names: the request only repairs them. */
  repair?: readonly string[];
}

/**
 * The outcome of a refresh. `coalesced`: another container did it. `recorded`: it will be done without another
 * request.
 */
export type Refreshed =
  | {
      outcome: 'published' | 'unchanged' | 'coalesced';
      /** The pointer, read or written after the request arrived. */
      pointer: Pointer;
      /** Announced transactions that are still running: the read excludes them. */
      pending: readonly string[];
      /** Tables that could not be read, by name: they keep their content. `locked` is transient. */
      leftOut: ReadonlyMap<string, { reason: 'locked' | 'lasting'; error: CodedError }>;
      /** Tables that would have lost more rows than `mayLose` allows: they keep their content. */
      held: readonly string[];
    }
  | { outcome: 'recorded'; retryAfterMs?: number };

/** What a reader needs of the refresher. The methods throw the errors of the source and the stores. */
export interface Refresher {
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** For a list that is not published in this form, or whose other form is newer: reads once, and draws no ticket. */
  catchUp(request: { deadlineMs: number }): Promise<Refreshed>;
}
