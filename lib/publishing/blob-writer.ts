import type { Blob, BlobStore } from '../stores/blobs.ts';

/**
 * A sweep began after the pointer was read, and may delete blobs that the pointer does not name. The pointer must be
 * read again.
 */
export class PointerMovedError extends Error {}

/**
 * Packs and stores blobs while the tables are still being read. The number of blobs in progress is bounded, and with it the
 * memory. The store retries and backs off until the deadline.
 */
export interface BlobWriter {
  /**
   * Resolves when there is room for the next blob.
   * @param pack makes the blob of this name
   * @throws the failure of an earlier blob
   */
  add(hash: string, pack: () => Promise<Blob>): Promise<void>;
  /**
   * Resolves when everything is stored.
   * @throws PointerMovedError, StoreError
   */
  end(): Promise<void>;
  /** Starts nothing more, and resolves when nothing is in progress. */
  stop(): Promise<void>;
}

/** After this number of absent blobs in a row, the writer assumes that earlier attempts have stored no others. */
const mostMisses = 8;

export function createBlobWriter({
  blobs,
  sweep,
  atOnce,
  mayBeStored,
  untilMs,
  onBlob,
  onPut,
}: {
  blobs: BlobStore;
  /** The sweep number of the pointer that was read before the tables. */
  sweep: number;
  atOnce: number;
  /** Whether an earlier attempt may have stored blobs: a blob that carries this sweep number is not written again. */
  mayBeStored: boolean;
  untilMs: number;
  /** Receives each packed blob, so that this container's reader need not fetch it. */
  onBlob: (blob: Blob) => void;
  /** Called after each put with the packed size, and awaited. */
  onPut: (bytes: number) => Promise<unknown>;
}): BlobWriter {
  const running = new Set<Promise<void>>();
  const begun = new Set<string>();
  let failure: { cause: unknown } | undefined;
  let misses = mayBeStored ? 0 : mostMisses;

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
    await onPut(blob.body.byteLength);
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
      failure ??= { cause: new Error('the publication has failed') };
      await Promise.all(running);
    },
  };
}
