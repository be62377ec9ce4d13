import type { Blob, BlobStore, BlobSweep } from '../blobs.ts';

/** Blobs in this process, each in one part. */
export function createMemoryBlobs(): BlobStore & BlobSweep {
  const stored = new Map<string, { blob: Blob; sweep: number }>();
  return {
    read: async (hashes) => hashes.flatMap((hash) => stored.get(hash)?.blob ?? []),
    async put(blob, sweep) {
      const before = stored.get(blob.hash);
      if (before !== undefined && before.sweep > sweep) return false;
      stored.set(blob.hash, { blob, sweep });
      return true;
    },
    carrying: async (hashes, sweep) => new Set(hashes.filter((hash) => stored.get(hash)?.sweep === sweep)),
    scan: async () => ({
      seen: [...stored].map(([hash, { sweep }]) => ({ hash, part: 0, sweep })),
      cursor: undefined,
    }),
    async deleteSeen({ hash, sweep }) {
      return stored.get(hash)?.sweep === sweep && stored.delete(hash);
    },
  };
}
