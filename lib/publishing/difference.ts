import { createHash } from 'node:crypto';
import { BlobError } from '../snapshots/blob-error.ts';
import { unpack } from '../snapshots/chunk.ts';
import type { ChunkRef } from '../snapshots/manifest.ts';
import type { TableEntry } from '../snapshots/pointer.ts';
import type { BlobStore } from '../stores/blobs.ts';
import { readChunkRefs } from '../stores/read-manifest.ts';

/** The number of records that differ between two generations of a table, by key. */
export interface Difference {
  added: string[];
  removed: string[];
  changed: string[];
}

const chunksAtOnce = 16;

/**
 * Compares two states of a table. Reads only the chunks that differ.
 * @throws BlobError, StoreError
 */
export async function differenceOf(
  blobs: Pick<BlobStore, 'read'>,
  before: TableEntry | undefined,
  after: TableEntry | undefined,
): Promise<Difference> {
  const refsOf = async (entry: TableEntry | undefined) =>
    entry === undefined ? [] : (await readChunkRefs(blobs, entry.manifest)).refs;
  const [old, now] = await Promise.all([refsOf(before), refsOf(after)]);
  const without = (refs: readonly ChunkRef[], others: readonly ChunkRef[]) => {
    const hashes = new Set(others.map(({ hash }) => hash));
    return refs.map(({ hash }) => hash).filter((hash) => !hashes.has(hash));
  };
  const oldRecords = await recordsIn(blobs, without(old, now));
  const newRecords = await recordsIn(blobs, without(now, old));
  const difference: Difference = { added: [], removed: [], changed: [] };
  for (const [key, digest] of newRecords) {
    const was = oldRecords.get(key);
    if (was === undefined) difference.added.push(key);
    else if (was !== digest) difference.changed.push(key);
  }
  difference.removed = [...oldRecords.keys()].filter((key) => !newRecords.has(key));
  return difference;
}

/** The digest of each record, by key. */
async function recordsIn(blobs: Pick<BlobStore, 'read'>, hashes: readonly string[]) {
  const digests = new Map<string, string>();
  for (let from = 0; from < hashes.length; from += chunksAtOnce) {
    const some = hashes.slice(from, from + chunksAtOnce);
    const found = new Map((await blobs.read(some)).map((blob) => [blob.hash, blob]));
    for (const hash of some) {
      const blob = found.get(hash);
      if (blob === undefined) throw new BlobError(hash, 'missing');
      const chunk = unpack(blob);
      const { keys, ends, records } = chunk.open();
      let start = 0;
      for (const [at, key] of keys.entries()) {
        const end = ends[at] ?? start;
        digests.set(key, createHash('sha256').update(records.subarray(start, end)).digest('base64'));
        start = end + 1;
      }
    }
  }
  return digests;
}
