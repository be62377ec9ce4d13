import type { Chunk } from '../../snapshots/chunk.ts';
import { compareVersions, type Head, type Version } from '../../snapshots/head.ts';
import type { RefreshRequests, SnapshotStore } from '../store.ts';

/** A store in this process: for `CACHE=container`, where every container has a cache of its own, and for tests. */
export function createMemoryStore(): SnapshotStore {
  let published: Head | undefined;
  const chunks = new Map<string, { chunk: Chunk; writtenBy: Version }>();
  return {
    readHead: async () => published,
    readChunks: async (hashes) => hashes.flatMap((hash) => chunks.get(hash)?.chunk ?? []),
    async writeChunks(written, version) {
      for (const chunk of written) {
        const stored = chunks.get(chunk.hash);
        if (stored === undefined || compareVersions(stored.writtenBy, version) <= 0)
          chunks.set(chunk.hash, { chunk, writtenBy: version });
      }
    },
    async publish(head, over) {
      const same =
        published === undefined || over === undefined
          ? published === over
          : compareVersions(published, over) === 0;
      if (same) published = head;
      return same;
    },
    async retireChunks(hashes, version) {
      for (const hash of hashes) {
        const stored = chunks.get(hash);
        if (stored !== undefined && compareVersions(stored.writtenBy, version) < 0) chunks.delete(hash);
      }
    },
  };
}

export function createMemoryRequests(): RefreshRequests {
  let requested = 0;
  let served = 0;
  const pending = new Set<string>();
  let lease: { owner: string; untilMs: number } | undefined;
  const state = () => ({ requested, served, pending: [...pending] });
  return {
    async record(transactionIds) {
      for (const xid of transactionIds) pending.add(xid);
      requested += 1;
      return requested;
    },
    read: async () => state(),
    async acquire({ owner, nowMs, untilMs }) {
      if (lease !== undefined && lease.owner !== owner && lease.untilMs > nowMs) return undefined;
      lease = { owner, untilMs };
      return state();
    },
    async settle(done) {
      served = Math.max(served, done.served);
      for (const xid of done.settled) pending.delete(xid);
      return state();
    },
    async release({ owner, requested: upTo = requested }) {
      if (upTo !== requested) return false;
      if (lease?.owner === owner) lease = undefined;
      return true;
    },
  };
}
