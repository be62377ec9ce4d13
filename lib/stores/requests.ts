/** What is asked of the refresher, and who is at it. */
export interface RefreshState {
  /** Random, and another one for an item that was deleted and made again: a ticket is good within its incarnation. */
  incarnation: string;
  /** How many refreshes were asked for; the number of a request is its ticket. */
  requested: number;
  /** The highest ticket that a published generation answers; 0 in a new incarnation. */
  served: number;
  /** Transactions that announced a change and are not known to be finished, with the time of the announcement. */
  pending: ReadonlyMap<string, number>;
  /** The highest transaction id that `pending` had no room for: settled when the snapshot's xmin passes it. */
  dropped: string | undefined;
  lease: { owner: string; untilMs: number } | undefined;
}

/** `pending` holds at most so many. */
export const mostPending = 1_000;

/** The durable list of what is to be done: a change that is recorded here is in a published generation sooner or later. */
export interface RefreshRequests {
  /**
   * Records one request, and the transactions that it names, and takes the lease in the same write if nobody has it.
   * The first one makes the item: with a new incarnation, `requested` 1, `served` 0.
   * @returns the state after it: the ticket is its `requested`; the lease is the caller's if it has the caller's owner
   */
  record(request: {
    transactionIds: readonly string[];
    /** When they were announced, by this clock; undefined: now. */
    announcedAtMs?: number | undefined;
    nowMs: number;
    lease: { owner: string; untilMs: number };
    /** Until when to back off, by the clock, where the store throttles or does not respond. */
    untilMs?: number;
  }): Promise<RefreshState>;
  /** By a consistent read; undefined where there is no item. */
  read(): Promise<RefreshState | undefined>;
  /**
   * Takes the lease if it is free, over, the owner's already, or ends later than any lease can (`mostLeaseMs` from now:
   * a clock far ahead). The lease saves work; nothing else depends on it.
   * @param lease.from an owner that it is taken from, too, whatever time it has
   * @returns the state after it; undefined where somebody else has the lease or there is no item
   */
  acquire(lease: {
    owner: string;
    nowMs: number;
    untilMs: number;
    from?: string | undefined;
  }): Promise<RefreshState | undefined>;
  /**
   * After a read: raises `served`, never lowers it, and strikes settled transactions; adds `add` to the pending ones.
   * With `release` it gives the lease back in the same write, on the condition that it is the owner's and `requested` is
   * still `served`. Nothing happens in another incarnation.
   * @returns the state after it (whose lease tells whether it was given back); undefined in another incarnation
   */
  settle(done: {
    incarnation: string;
    owner: string;
    /** Undefined: a table was left out, so no ticket is served. */
    served: number | undefined;
    settled: readonly string[];
    /** The `dropped` that was noted, where it is settled. It stays where a higher one has replaced it meanwhile. */
    settledDropped: string | undefined;
    add: readonly { transactionId: string; announcedAtMs: number }[];
    release: boolean;
    /** As for a record. */
    untilMs?: number | undefined;
  }): Promise<RefreshState | undefined>;
  /** Gives the lease back if it is the owner's and, where `requested` is given, no request came after that ticket. @returns whether it is free of the owner now */
  release(lease: { owner: string; requested?: number; untilMs?: number }): Promise<boolean>;
}

/** No lease is longer: one that ends later was given by a clock far ahead, and is taken as over. */
export const mostLeaseMs = 15 * 60_000;

/** Whether anybody may take the lease: nobody has it, or its time is over, or no clock that is right has given it. */
export const isLeaseFree = (lease: RefreshState['lease'], nowMs: number) =>
  lease === undefined || lease.untilMs <= nowMs || lease.untilMs > nowMs + mostLeaseMs;
