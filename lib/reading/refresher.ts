import type { CodedError } from '../errors.ts';
import type { Pointer } from '../snapshots/pointer.ts';

export interface RefreshRequest {
  /** Transactions whose changes are to be included. */
  transactionIds?: readonly string[];
  /** By the clock. */
  deadlineMs: number;
  /** Whether to wait for another holder of the lease to serve this request. */
  wait: boolean;
  /** How long to go on for other requests, in ms, once this one is served. */
  lingerMs: number;
  /** Names of blobs that are missing or corrupt, though the pointer names them: the request is for them alone. */
  repair?: readonly string[];
}

/**
 * What became of a refresh. `coalesced`: another container has made it. `recorded`: it will be made without another
 * request.
 */
export type Refreshed =
  | {
      outcome: 'published' | 'unchanged' | 'coalesced';
      /** As it was read, or written, after the request came in. */
      pointer: Pointer;
      /** Announced transactions that still run: what was read is without them. */
      pending: readonly string[];
      /** Tables that could not be read, by name: they stay as they were. What is `locked` passes by itself. */
      leftOut: ReadonlyMap<string, { reason: 'locked' | 'lasting'; error: CodedError }>;
      /** Tables that would have lost more rows than they may: they stay as they were. */
      held: readonly string[];
    }
  | { outcome: 'recorded'; retryAfterMs?: number };

/** What a reader needs of the refresher. Its methods throw what the source and the stores throw. */
export interface Refresher {
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** For a list whose form nobody has published, or is behind another form's: reads once, and draws no ticket. */
  catchUp(request: { deadlineMs: number }): Promise<Refreshed>;
}
