import { BlobError } from '../snapshots/blob-error.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { BlobStore } from '../stores/blobs.ts';
import { readTables } from '../stores/read-manifest.ts';

/** The tables that the pointer names. None if its root blob is broken: every table is then read whole and stored again. */
export const tablesIn = (blobs: Pick<BlobStore, 'read'>, pointer: Pointer): Promise<Tables> =>
  readTables(blobs, pointer).catch((error: unknown) => {
    if (error instanceof BlobError) return {};
    throw error;
  });
