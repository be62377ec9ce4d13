import { BlobError } from '../snapshots/blob-error.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { BlobStore } from '../stores/blobs.ts';
import { readTables } from '../stores/read-manifest.ts';

/** The tables that the pointer names; none if its root blob is broken: then all are read, and stored anew. */
export const tablesIn = (blobs: Pick<BlobStore, 'read'>, pointer: Pointer): Promise<Tables> =>
  readTables(blobs, pointer).catch((error: unknown) => {
    if (error instanceof BlobError) return {};
    throw error;
  });
