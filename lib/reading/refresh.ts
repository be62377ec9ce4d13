import type { Answered, Recorded, RefreshRequest as Requested } from '../publishing/refreshed.ts';

export interface RefreshRequest extends Requested {
  /**
   * Reads for the deployed form what another form's refresh has read already. It records no request: two releases side by
   * side would otherwise make each other refresh for ever.
   */
  catchUp?: boolean;
}

/** What became of a refresh. `blobs`: what this container has written, by hash: it need not be read back. */
export type Refreshed = (Answered & { blobs?: ReadonlyMap<string, Uint8Array> }) | Recorded;

/** Reads all tables at one moment and publishes them. @throws what the source and the stores throw */
export type Refresh = (request: RefreshRequest) => Promise<Refreshed>;
