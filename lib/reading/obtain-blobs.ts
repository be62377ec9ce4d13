import { BlobError } from '../snapshots/blob-error.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import type { Shelf } from './bounded-memory.ts';
import type { Contents } from './contents.ts';
import { BrokenError } from './read-error.ts';

/** Thrown instead of a fetch if only memory may be used. */
export class NotInMemoryError extends Error {
  override name = 'NotInMemoryError';
}

/** Fetches blobs. Concurrent requests share the fetch of a blob. */
function createFetch(blobs: Pick<BlobStore, 'read'>) {
  /** The fetches in progress. */
  const fetches = new Map<string, Promise<Blob | undefined>>();

  function begin(hashes: readonly string[]): Promise<Blob | undefined>[] {
    const wanted = hashes.filter((hash) => !fetches.has(hash));
    if (wanted.length > 0) {
      const batch = blobs.read(wanted).then((found) => new Map(found.map((blob) => [blob.hash, blob])));
      for (const hash of wanted) {
        const one = batch.then((found) => found.get(hash)).finally(() => fetches.delete(hash));
        one.catch(() => {}); // its waiters handle the failure
        fetches.set(hash, one);
      }
    }
    return hashes.map((hash) => fetches.get(hash) ?? Promise.resolve(undefined));
  }

  return function fetch(hashes: readonly string[]): Promise<(Blob | undefined)[]> {
    const isShared = hashes.some((hash) => fetches.has(hash));
    return Promise.all(begin(hashes)).catch((error: unknown) => {
      // Another request's call may have failed because of blobs that are not needed here, or before this request.
      if (!isShared) throw error;
      return Promise.all(begin(hashes));
    });
  };
}

/**
 * Takes blobs from memory, or fetches them.
 * @param current the current generation's contents: an old generation uses its blobs too
 */
export function createObtain(blobs: Pick<BlobStore, 'read'>, current: Contents) {
  const fetch = createFetch(blobs);

  /**
   * The decoded blobs of these hashes, in order.
   * @throws BrokenError with every missing or corrupt hash; NotInMemoryError
   */
  return async function obtain<T>(
    hashes: readonly string[],
    shelf: (contents: Contents) => Shelf<T>,
    decode: (hash: string, body: Uint8Array) => T,
    { contents = current, memoryOnly = false }: { contents?: Contents; memoryOnly?: boolean },
  ): Promise<{ values: T[]; isFetched: boolean }> {
    const values = new Map<string, T>();
    const broken = new Map<string, unknown>();
    const take = (hash: string, body: Uint8Array | undefined) => {
      try {
        if (body === undefined) throw new BlobError(hash, 'missing');
        const value = decode(hash, body);
        values.set(hash, value);
        shelf(contents).put(hash, value, body.byteLength);
      } catch (error) {
        if (!(error instanceof BlobError)) throw error;
        broken.set(hash, error);
      }
    };
    const isKept = (hash: string) => {
      const kept = shelf(current).get(hash) ?? shelf(contents).get(hash);
      if (kept !== undefined) values.set(hash, kept);
      return kept !== undefined;
    };
    for (const hash of hashes) {
      const body = current.offered.get(hash);
      if (!isKept(hash) && body !== undefined) take(hash, body);
    }
    const missing = hashes.filter((hash) => !values.has(hash));
    if (missing.length > 0 && memoryOnly) throw new NotInMemoryError(`memory lacks ${missing.length} blobs`);
    const fetched = await fetch(missing);
    broken.clear();
    // Another request that shared the fetch may have decoded it.
    for (const [at, hash] of missing.entries()) if (!isKept(hash)) take(hash, fetched[at]?.body);
    if (broken.size > 0) throw new BrokenError([...broken.keys()], broken.values().next().value);
    return { values: hashes.flatMap((hash) => values.get(hash) ?? []), isFetched: missing.length > 0 };
  };
}
