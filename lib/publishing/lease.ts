import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { SourceTable } from '../source/dataset-source.ts';
import type { RefreshRequests, RefreshState } from '../stores/requests.ts';
import { StoreError } from '../stores/store-error.ts';

/** The time for which a refresher that was killed keeps the others from reading. */
export const leaseMs = 60_000;

/** A read renews its lease once in this time: a statement, which takes 45 s at most, still ends within the lease. */
const renewAfterMs = 10_000;

/** The lease, as the containers of one release take it. */
export interface Leases {
  /** A new owner's name, which identifies the release. */
  newOwner(): string;
  /** Whether the owner is of another release, which does not publish this one's forms. */
  isOther(owner: string): boolean;
  /** A lease that is taken now. */
  of(owner: string, deadlineMs: number): { owner: string; untilMs: number };
  /** @param from an owner whose lease is taken over @returns undefined if another owner has it */
  acquire(owner: string, deadlineMs: number, from?: string): Promise<RefreshState | undefined>;
  /** Takes it again, where it is the owner's or free. @returns the new state, whoever has it; `before` if there is none */
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
 * Keeps the lease while a read goes on: to be called at each of its steps. A process that stops takes no step, and
 * loses the lease after a minute. So does one whose renewal fails: then the read may be made twice.
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
