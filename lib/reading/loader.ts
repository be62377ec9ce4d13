import { BlobError } from '../snapshots/blob-error.ts';
import { type LoadedChunk, type OpenChunk, unpack } from '../snapshots/chunk.ts';
import type { ChunkRef, ManifestRef, SegmentRef } from '../snapshots/manifest.ts';
import { decodeRoot, decodeSegment } from '../snapshots/manifest-segment.ts';
import type { OpenRun } from '../snapshots/page.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { Payload } from '../snapshots/snapshot.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import type { BoundedMemory, Shelf } from './bounded-memory.ts';
import { type Need, type Placed, place, select } from './need.ts';
import { BrokenError } from './read-error.ts';

/** A chunk of a table in memory. Its holder may go on using it after memory has evicted it. */
export interface LoadedRun extends OpenRun {
  hash: string;
  /** The number of records. */
  count: number;
  chunk: LoadedChunk;
}

/** Thrown instead of a fetch if only memory may be used. */
export class NotInMemoryError extends Error {
  override name = 'NotInMemoryError';
}

/** A table whose chunks are all in memory. */
interface Whole {
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

/**
 * Loads what a pointer names. It fetches only what an answer needs and memory lacks, and fetches each blob once,
 * however many requests need it. The reader decides when to revalidate the pointer.
 */
export interface Loader {
  /**
   * The tables of a pointer, also if they are in a root blob.
   * @throws BrokenError, StoreError
   */
  tablesOf(pointer: Pointer): Promise<Tables>;
  /**
   * The chunks of a table that an answer needs, and whether anything was fetched.
   * @param options.memoryOnly fetch nothing
   * @throws BrokenError, StoreError, NotInMemoryError
   */
  load(
    table: Table,
    manifest: ManifestRef,
    need: Need,
    options: { contents: Contents; memoryOnly?: boolean },
  ): Promise<{
    runs: readonly LoadedRun[];
    /** Every chunk that may hold what is needed; for `refs`, `chunks` and `whole` the whole table. */
    refs: readonly Placed<ChunkRef>[];
    isFetched: boolean;
  }>;
  /** Takes a blob that this container has written, so that it need not be fetched. */
  offer(blob: Blob): void;
}

export function createLoader({
  blobs,
  contents: current,
}: {
  blobs: Pick<BlobStore, 'read'>;
  /** The current generation's contents: an old generation uses its blobs too. */
  contents: Contents;
}): Loader {
  /** The fetches in progress. */
  const fetches = new Map<string, Promise<Blob | undefined>>();

  function fetch(hashes: readonly string[]): Promise<Blob | undefined>[] {
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

  /**
   * The decoded blobs of these hashes, in order.
   * @throws BrokenError with every missing or corrupt hash
   */
  async function obtain<T>(
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
    for (const hash of hashes) {
      const kept = shelf(current).get(hash) ?? shelf(contents).get(hash);
      const body = current.offered.get(hash);
      if (kept !== undefined) values.set(hash, kept);
      else if (body !== undefined) take(hash, body);
    }
    const missing = hashes.filter((hash) => !values.has(hash));
    if (missing.length > 0 && memoryOnly) throw new NotInMemoryError(`memory lacks ${missing.length} blobs`);
    const fetched = await Promise.all(fetch(missing));
    broken.clear();
    for (const [at, hash] of missing.entries()) take(hash, fetched[at]?.body);
    if (broken.size > 0) throw new BrokenError([...broken.keys()], broken.values().next().value);
    return { values: hashes.flatMap((hash) => values.get(hash) ?? []), isFetched: missing.length > 0 };
  }

  return {
    async tablesOf({ root, tables }) {
      if (root === undefined) return tables;
      const { values } = await obtain([root], ({ tables }) => tables, decodeRoot, {});
      return values[0] ?? tables;
    },

    async load({ name, key }, manifest, need, options) {
      const { compare } = keysOf(key.order);
      const { contents } = options;
      const whole = contents.wholes.get(name);
      if (whole !== undefined && isSame(whole.manifest, manifest)) {
        const { placed } = whole;
        if (need.kind === 'whole') return { runs: whole.runs, refs: placed, isFetched: false };
        if (need.kind === 'refs') return { runs: [], refs: placed, isFetched: false };
        if (need.kind === 'chunks') {
          const runs = whole.runs.filter((_, at) => need.hashes.has(placed[at]?.ref.hash ?? ''));
          return { runs, refs: placed, isFetched: false };
        }
        const wanted = select(placed, need, compare);
        const from = wanted[0] === undefined ? 0 : placed.indexOf(wanted[0]);
        return { runs: whole.runs.slice(from, from + wanted.length), refs: wanted, isFetched: false };
      }
      let level: ManifestRef = manifest;
      let start = 0;
      let isFetched = false;
      while (!isOfChunks(level)) {
        const segments: Placed<SegmentRef>[] = select(place(level.refs, start), need, compare);
        start = segments[0]?.at ?? start;
        const hashes = segments.map(({ ref }) => ref.hash);
        const below = await obtain(hashes, ({ manifests }) => manifests, decodeSegment, options);
        isFetched ||= below.isFetched;
        level = joined(below.values);
      }
      const refs = select(place(level.refs, start), need, compare);
      if (need.kind === 'refs') return { runs: [], refs, isFetched };
      const wanted = need.kind === 'chunks' ? refs.filter(({ ref }) => need.hashes.has(ref.hash)) : refs;
      const hashes = wanted.map(({ ref }) => ref.hash);
      const unpacked = (hash: string, body: Uint8Array) => unpack({ hash, body });
      const chunks = await obtain(hashes, ({ chunks }) => chunks, unpacked, options);
      const runs = wanted.flatMap(({ ref, at }, index): LoadedRun[] => {
        const chunk = chunks.values[index];
        if (chunk === undefined) return [];
        const { hash, count } = ref;
        const open = () => current.open.get(hash) ?? opened(hash, chunk, contents);
        return [{ at, hash, count, chunk, open }];
      });
      if (need.kind === 'whole') {
        const bytes = runs.reduce((sum, { chunk }) => sum + chunk.storedBytes, 0);
        contents.wholes.put(name, { manifest, placed: wanted, runs }, bytes);
      }
      return { runs, refs, isFetched: isFetched || chunks.isFetched };
    },

    offer: ({ hash, body }) => current.offered.put(hash, body, body.byteLength),
  };
}

const isOfChunks = (manifest: ManifestRef): manifest is Extract<ManifestRef, { level: 0 }> =>
  manifest.level === 0;

/** Whether two manifests name the same refs; the next revision parses them into new objects. */
const isSame = (a: ManifestRef, b: ManifestRef) =>
  a === b ||
  (a.level === b.level &&
    a.refs.length === b.refs.length &&
    a.refs.every(({ hash }, at) => hash === b.refs[at]?.hash));

/** The manifests of one level, in order. */
function joined(manifests: readonly ManifestRef[]): ManifestRef {
  const [first] = manifests;
  if (first === undefined) return { level: 0, refs: [] };
  if (isOfChunks(first))
    return { level: 0, refs: manifests.flatMap((one) => (isOfChunks(one) ? one.refs : [])) };
  const refs = manifests.flatMap((one) => (isOfChunks(one) ? [] : one.refs));
  return { level: first.level, refs };
}

/** The memory that a key takes besides its text, in bytes. */
const bytesPerKey = 64;

function opened(hash: string, chunk: LoadedChunk, { open }: Contents): OpenChunk {
  const kept = open.get(hash);
  if (kept !== undefined) return kept;
  const made = chunk.open();
  open.put(hash, made, made.records.byteLength + made.keys.length * bytesPerKey);
  return made;
}
