import type { LoadedChunk, OpenChunk } from '../snapshots/chunk.ts';
import type { ChunkRef, ManifestRef } from '../snapshots/manifest.ts';
import type { OpenRun } from '../snapshots/page.ts';
import type { Tables } from '../snapshots/pointer.ts';
import type { Payload } from '../snapshots/snapshot.ts';
import type { BoundedMemory, Shelf } from './bounded-memory.ts';
import type { Placed } from './need.ts';

/** A chunk of a table in memory. Its holder may go on using it after memory has evicted it. */
export interface LoadedRun extends OpenRun {
  hash: string;
  /** The number of records. */
  count: number;
  chunk: LoadedChunk;
}

/** A table whose chunks are all in memory. */
export interface Whole {
  manifest: ManifestRef;
  placed: readonly Placed<ChunkRef>[];
  runs: readonly LoadedRun[];
}

/** The blobs of one dataset in memory, by hash. */
export interface Contents {
  tables: Shelf<Tables>;
  manifests: Shelf<ManifestRef>;
  chunks: Shelf<LoadedChunk>;
  /** All chunks of a table, by table name, so that the next answer need not look them up one by one. */
  wholes: Shelf<Whole>;
  /** Chunks with an index for single records. */
  open: Shelf<OpenChunk>;
  /** Blobs that this container wrote and that no request has needed yet. */
  offered: Shelf<Uint8Array>;
  /** Whole response bodies, by table, ETag and coding. */
  bodies: Shelf<Promise<Payload>>;
  /** The memory that all shelves share; other modules add their own shelves for data derived from chunks. */
  memory: BoundedMemory;
}

export const createContents = (memory: BoundedMemory): Contents => ({
  tables: memory.shelf(),
  manifests: memory.shelf(),
  chunks: memory.shelf(),
  wholes: memory.shelf(),
  open: memory.shelf(),
  offered: memory.shelf(),
  bodies: memory.shelf(),
  memory,
});
