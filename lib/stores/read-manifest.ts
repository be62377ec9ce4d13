import { BlobError } from '../snapshots/blob-error.ts';
import type { ChunkRef, ManifestRef } from '../snapshots/manifest.ts';
import { decodeRoot, decodeSegment } from '../snapshots/manifest-segment.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { BlobStore } from './blobs.ts';

/**
 * The tables of a pointer, inline or in its root blob.
 * @throws BlobError, StoreError
 */
export async function readTables(blobs: Pick<BlobStore, 'read'>, pointer: Pointer): Promise<Tables> {
  if (pointer.root === undefined) return pointer.tables;
  const [root] = await blobs.read([pointer.root]);
  if (root === undefined) throw new BlobError(pointer.root, 'missing');
  return decodeRoot(pointer.root, root.body);
}

/**
 * The chunk refs that a manifest leads to, in order, and the segments on the path.
 * @throws BlobError if a segment is missing or its checksum differs; StoreError
 */
export async function readChunkRefs(
  blobs: Pick<BlobStore, 'read'>,
  manifest: ManifestRef,
): Promise<{ refs: ChunkRef[]; segments: string[] }> {
  const segments: string[] = [];
  let refs: ManifestRef['refs'] = manifest.refs;
  for (let level = manifest.level; level > 0; level -= 1) {
    const hashes = refs.map(({ hash }) => hash);
    segments.push(...hashes);
    const bodies = new Map((await blobs.read(hashes)).map(({ hash, body }) => [hash, body]));
    refs = hashes.flatMap((hash) => {
      const body = bodies.get(hash);
      if (body === undefined) throw new BlobError(hash, 'missing');
      const inner = decodeSegment(hash, body);
      if (inner.level !== level - 1) throw new BlobError(hash, 'a segment of another level');
      return inner.refs;
    });
  }
  return { refs: refs.flatMap((ref) => ('source' in ref ? [ref] : [])), segments };
}
