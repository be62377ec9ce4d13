import { isLeaseFree, mostPending, type RefreshRequests, type RefreshState } from '../requests.ts';

/**
 * Refresh requests in this process.
 * @param newIncarnation makes a unique name
 */
export function createMemoryRequests(newIncarnation: () => string): RefreshRequests & { forget(): void } {
  let state: RefreshState | undefined;
  const isFree = (owner: string, nowMs: number) =>
    state?.lease?.owner === owner || isLeaseFree(state?.lease, nowMs);
  const change = (changes: Partial<RefreshState>) => {
    if (state !== undefined) state = { ...state, ...changes };
    return state;
  };
  function pendingWith(transactions: readonly { transactionId: string; announcedAtMs: number }[]) {
    const pending = new Map(state?.pending);
    let dropped = state?.dropped;
    for (const { transactionId, announcedAtMs } of transactions) {
      if (pending.has(transactionId)) continue;
      if (pending.size < mostPending) pending.set(transactionId, announcedAtMs);
      else if (dropped === undefined || BigInt(transactionId) > BigInt(dropped)) dropped = transactionId;
    }
    return { pending, dropped };
  }

  return {
    async record({ transactionIds, nowMs, announcedAtMs = nowMs, lease }) {
      state ??= {
        incarnation: newIncarnation(),
        requested: 0,
        served: 0,
        pending: new Map(),
        dropped: undefined,
        lease: undefined,
      };
      const named = transactionIds.map((transactionId) => ({ transactionId, announcedAtMs }));
      state = {
        ...state,
        ...pendingWith(named),
        requested: state.requested + 1,
        lease: isFree(lease.owner, nowMs) ? lease : state.lease,
      };
      return state;
    },
    read: async () => state,
    async acquire({ owner, nowMs, untilMs, from }) {
      const isTaken = state?.lease !== undefined && state.lease.owner === from;
      return isTaken || isFree(owner, nowMs) ? change({ lease: { owner, untilMs } }) : undefined;
    },
    async settle({ incarnation, owner, served, settled, settledDropped, add, release }) {
      if (state === undefined || state.incarnation !== incarnation) return undefined;
      const { pending, dropped } = pendingWith(add);
      for (const transactionId of settled) pending.delete(transactionId);
      const isLast = release && state.lease?.owner === owner && state.requested === served;
      return change({
        pending,
        dropped: dropped === settledDropped ? undefined : dropped,
        served: Math.max(state.served, served ?? 0),
        lease: isLast ? undefined : state.lease,
      });
    },
    async release({ owner, requested }) {
      if (state?.lease?.owner !== owner) return true;
      if (requested !== undefined && state.requested !== requested) return false;
      change({ lease: undefined });
      return true;
    },
    /** Deletes the item, as an operator may do. */
    forget() {
      state = undefined;
    },
  };
}
