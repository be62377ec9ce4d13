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
  /** Names of blobs that are missing or corrupt, though the pointer names them. */
  repair?: readonly string[];
  /**
   * Reads for the deployed form what another form's refresh has read already. It records no request: two releases side by
   * side would otherwise make each other refresh for ever.
   */
  catchUp?: boolean;
}

/** What became of a refresh. `pending`: announced transactions that still run, so that what was read is without them. */
export type Refreshed =
  | {
      outcome: 'published' | 'unchanged';
      /** As it was written, or found, after this request was recorded. */
      pointer: Pointer;
      pending: readonly string[];
      /** Tables that could not be read, by name. UnavailableError: it may pass by itself. */
      leftOut?: ReadonlyMap<string, CodedError>;
      /** What was written, by hash: it need not be read back. */
      blobs?: ReadonlyMap<string, Uint8Array>;
    }
  /** Another container has served the request. */
  | { outcome: 'coalesced'; pending: readonly string[] }
  /** It will be served without another request. */
  | { outcome: 'recorded'; retryAfterMs?: number };

/** Reads all tables at one moment and publishes them. @throws what the source and the stores throw */
export type Refresh = (request: RefreshRequest) => Promise<Refreshed>;
