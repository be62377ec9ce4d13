import { type LoadedChunk, type OpenChunk, unpack } from '../snapshots/chunk.ts';
import type { ChunkRef, ManifestRef, SegmentRef } from '../snapshots/manifest.ts';
import { decodeRoot, decodeSegment } from '../snapshots/manifest-segment.ts';
import type { Pointer, Tables } from '../snapshots/pointer.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import { type Keys, keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import type { Contents, LoadedRun, Whole } from './contents.ts';
import { type Need, type Placed, place, select } from './need.ts';
import { createObtain } from './obtain-blobs.ts';

interface Loaded {
  runs: readonly LoadedRun[];
  /** Every chunk that may hold what is needed; for `refs`, `chunks` and `whole` the whole table. */
  refs: readonly Placed<ChunkRef>[];
  isFetched: boolean;
}

/**
 * Loads what a pointer names. It fetches only blobs that an answer needs and memory lacks. Concurrent requests share the fetch
 * of a blob. The reader decides when to revalidate the pointer.
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
  ): Promise<Loaded>;
  /** Fetches all chunks of these manifests, as far as their refs are inline. @throws BrokenError, StoreError */
  prefetch(manifests: readonly ManifestRef[]): Promise<void>;
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
  const obtain = createObtain(blobs, current);
  const obtainChunks = (hashes: readonly string[], options: { contents?: Contents; memoryOnly?: boolean }) =>
    obtain(
      hashes,
      ({ chunks }) => chunks,
      (hash, body) => unpack({ hash, body }),
      options,
    );
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
      if (whole !== undefined && isSame(whole.manifest, manifest))
        return { ...partOf(whole, need, compare), isFetched: false };
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
      const chunks = await obtainChunks(hashes, options);
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

    async prefetch(manifests) {
      const hashes = manifests.filter(isOfChunks).flatMap(({ refs }) => refs.map(({ hash }) => hash));
      await obtainChunks([...new Set(hashes)], {});
    },

    offer: ({ hash, body }) => current.offered.put(hash, body, body.byteLength),
  };
}

/** The chunks of a whole table that an answer needs. */
function partOf(
  { placed, runs }: Whole,
  need: Need,
  compare: Keys['compare'],
): Pick<Loaded, 'runs' | 'refs'> {
  switch (need.kind) {
    case 'whole':
      return { runs, refs: placed };
    case 'refs':
      return { runs: [], refs: placed };
    case 'chunks':
      return { runs: runs.filter((_, at) => need.hashes.has(placed[at]?.ref.hash ?? '')), refs: placed };
  }
  const refs = select(placed, need, compare);
  const from = refs[0] === undefined ? 0 : placed.indexOf(refs[0]);
  return { runs: runs.slice(from, from + refs.length), refs };
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
