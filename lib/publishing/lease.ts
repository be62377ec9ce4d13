import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { SourceTable } from '../source/dataset-source.ts';
import type { RefreshRequests, RefreshState } from '../stores/requests.ts';
import { StoreError } from '../stores/store-error.ts';

/** The time after which the lease of a killed container expires. */
export const leaseMs = 60_000;

/** A read renews its lease at most once in this time. A statement takes at most 45 s, so it ends within the lease. */
const renewAfterMs = 10_000;

/** Takes and renews the lease, for the containers of one release. */
export interface Leases {
  /** A new owner's name, which identifies the release. */
  newOwner(): string;
  /** Whether the owner is of another release, which does not publish this one's forms. */
  isOther(owner: string): boolean;
  /** The terms of a lease that begins now. */
  of(owner: string, deadlineMs: number): { owner: string; untilMs: number };
  /** @param from an owner whose lease is taken over @returns undefined if another owner has it */
  acquire(owner: string, deadlineMs: number, from?: string): Promise<RefreshState | undefined>;
  /**
   * Renews the lease if the owner has it, or if it is free.
   * @returns the current state, also if another owner has the lease; `before` if the item does not exist
   */
  renew(owner: string, deadlineMs: number, before: RefreshState): Promise<RefreshState>;
}

export function createLeases({
  requests,
  tables,
  clock,
  newId,
}: {
  requests: Pick<RefreshRequests, 'acquire' | 'read'>;
  tables: readonly SourceTable[];
  clock: Clock;
  newId: () => string;
}): Leases {
  const release = hash('sha256', tables.map(({ form }) => form).join(), 'base64url').slice(0, 8);
  const of = (owner: string, deadlineMs: number) => ({
    owner,
    untilMs: Math.min(deadlineMs, clock.now() + leaseMs),
  });
  const acquire = (owner: string, deadlineMs: number, from?: string) =>
    requests.acquire({ ...of(owner, deadlineMs), nowMs: clock.now(), from });
  return {
    of,
    acquire,
    newOwner: () => `${newId()} ${release}`,
    isOther: (owner) => !owner.endsWith(` ${release}`),
    renew: async (owner, deadlineMs, before) =>
      (await acquire(owner, deadlineMs)) ?? (await requests.read()) ?? before,
  };
}

/**
 * Returns a function that a read calls at each of its steps, and that renews the lease when due. The lease of a process that
 * has stopped, or whose renewal failed, expires within a minute: then two containers may read the tables.
 */
export function keepLease(leases: Leases, { lease }: RefreshState, owner: string, deadlineMs: number) {
  let untilMs = lease?.owner === owner ? lease.untilMs : Number.POSITIVE_INFINITY;
  return async (): Promise<void> => {
    const next = leases.of(owner, deadlineMs);
    if (next.untilMs < untilMs + renewAfterMs) return;
    untilMs = next.untilMs;
    await leases.acquire(owner, deadlineMs).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
    });
  };
}
