import type { Blob, BlobStore } from '../stores/blobs.ts';

/** A sweep has begun since the pointer was read: what it did not name then may be deleted. The pointer is read again. */
export class PointerMovedError extends Error {}

/**
 * Packs blobs and puts them while others are read: so many at a time, which is all that it holds in memory. The store
 * backs off by itself until the deadline.
 */
export interface BlobWriter {
  /** @param pack makes the blob of that name. Resolves when there is room for the next one; throws what an earlier one met. */
  add(hash: string, pack: () => Promise<Blob>): Promise<void>;
  /** Resolves when everything is stored. @throws PointerMovedError, StoreError */
  end(): Promise<void>;
  /** Begins nothing more, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** After so many that are not there, an earlier attempt has left nothing more to count on. */
const mostMisses = 8;

export function createBlobWriter({
  blobs,
  sweep,
  atOnce,
  counts,
  untilMs,
  onBlob,
  onPut,
}: {
  blobs: BlobStore;
  /** The pointer's, as it was read before the tables. */
  sweep: number;
  atOnce: number;
  /** Whether an earlier attempt may have put blobs: those that carry this sweep need not be put again. */
  counts: boolean;
  untilMs: number;
  /** Takes what was packed, so that nobody reads it back. */
  onBlob: (blob: Blob) => void;
  onPut: (bytes: number) => void;
}): BlobWriter {
  const running = new Set<Promise<void>>();
  const begun = new Set<string>();
  let failure: { cause: unknown } | undefined;
  let misses = counts ? 0 : mostMisses;

  async function put(hash: string, pack: () => Promise<Blob>) {
    if (misses < mostMisses) {
      const carried = (await blobs.carrying([hash], sweep)).has(hash);
      misses = carried ? 0 : misses + 1;
      if (carried) return;
    }
    if (failure !== undefined) return;
    const blob = await pack();
    onBlob(blob);
    if (!(await blobs.put(blob, sweep, untilMs))) throw new PointerMovedError(`sweep ${sweep} is over`);
    onPut(blob.body.byteLength);
  }
  const throwFailure = () => {
    if (failure !== undefined) throw failure.cause;
  };

  return {
    async add(hash, pack) {
      throwFailure();
      if (begun.has(hash)) return;
      begun.add(hash);
      const one: Promise<void> = put(hash, pack)
        .catch((cause: unknown) => {
          failure ??= { cause };
        })
        .finally(() => running.delete(one));
      running.add(one);
      while (running.size >= atOnce) await Promise.race(running);
      throwFailure();
    },
    async end() {
      await Promise.all(running);
      throwFailure();
    },
    async stop() {
      failure ??= { cause: new Error('the publication was given up') };
      await Promise.all(running);
    },
  };
}
