/** The refresh item: which refreshes are requested, and which container serves them. */
export interface RefreshState {
  /** Random, and new if the item was deleted and created again: a ticket is valid within its incarnation. */
  incarnation: string;
  /** The number of requested refreshes; a request's number is its ticket. */
  requested: number;
  /** The highest ticket that a published generation includes; 0 in a new incarnation. */
  served: number;
  /** Transactions that announced a change and are not known to be finished, with the time of the announcement. */
  pending: ReadonlyMap<string, number>;
  /** The highest transaction id that did not fit into `pending`: settled when the pg_snapshot's xmin passes it. */
  dropped: string | undefined;
  lease: { owner: string; untilMs: number } | undefined;
}

/** The bound of `pending`. */
export const mostPending = 1_000;

/** The durable queue of refreshes: a recorded change will be in a published generation. */
export interface RefreshRequests {
  /**
   * Records one request with its transactions, and takes the lease in the same write if it is free. The first call
   * creates the item, with a new incarnation, `requested` 1 and `served` 0.
   * @returns the new state: the ticket is its `requested`; the caller has the lease if it has the caller's owner
   */
  record(request: {
    transactionIds: readonly string[];
    /** When they were announced, by this clock; undefined: now. */
    announcedAtMs?: number | undefined;
    nowMs: number;
    lease: { owner: string; untilMs: number };
    /** Back off until this time, by the clock, if the store throttles or does not respond. */
    untilMs?: number;
  }): Promise<RefreshState>;
  /** A consistent read; undefined if there is no item. */
  read(): Promise<RefreshState | undefined>;
  /**
   * Takes the lease if it is free, expired, the owner's already, or expires later than any lease can (`mostLeaseMs`
   * from now: written by a clock far ahead). The lease only saves work.
   * @param lease.from an owner whose lease is taken over, whatever its expiry
   * @returns the new state; undefined if another owner has the lease, or there is no item
   */
  acquire(lease: {
    owner: string;
    nowMs: number;
    untilMs: number;
    from?: string | undefined;
  }): Promise<RefreshState | undefined>;
  /**
   * After a read: raises `served` (never lowers it), removes settled transactions, and adds those in `add`. With
   * `release` the same write gives the lease back, if the owner has it and `requested` is still `served`. In another
   * incarnation it does nothing.
   * @returns the new state (its lease shows whether it was given back); undefined in another incarnation
   */
  settle(done: {
    incarnation: string;
    owner: string;
    /** Undefined: a table was left out, so no ticket is served. */
    served: number | undefined;
    settled: readonly string[];
    /** The noted `dropped`, if it is settled. A higher one that replaced it meanwhile stays. */
    settledDropped: string | undefined;
    add: readonly { transactionId: string; announcedAtMs: number }[];
    release: boolean;
    /** As for a record. */
    untilMs?: number | undefined;
  }): Promise<RefreshState | undefined>;
  /**
   * Gives the lease back if the owner has it and, with `requested`, if no later ticket was drawn.
   * @returns whether the owner no longer has it
   */
  release(lease: { owner: string; requested?: number; untilMs?: number }): Promise<boolean>;
}

/** The longest lease: one that expires later was written by a clock far ahead, and counts as expired. */
export const mostLeaseMs = 15 * 60_000;

/** Whether the lease may be taken: it is free, or expired, or longer than any valid lease. */
export const isLeaseFree = (lease: RefreshState['lease'], nowMs: number) =>
  lease === undefined || lease.untilMs <= nowMs || lease.untilMs > nowMs + mostLeaseMs;
