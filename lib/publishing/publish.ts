import { workAtOnce } from '../at-once.ts';
import { CodedError } from '../errors.ts';
import { type Chunk, toChunk } from '../snapshots/chunk.ts';
import { type ChunkSizes, cut } from '../snapshots/cut.ts';
import { type ChunkRef, compareVersions, type Head, type Version } from '../snapshots/head.ts';
import type { SourceRead, SourceRun } from '../source/source.ts';
import { type SnapshotStore, StoreError } from '../stores/store.ts';
import type { StoredRecord } from '../tables/stored-record.ts';

/** As many as zlib has threads: each one that waits for a thread holds its memory already. */
const packedAtOnce = 4;

/** What a read of the table is to be published as. */
export interface Content extends Pick<SourceRead, 'runs' | 'etag'> {
  form: string;
  version: Version;
  snapshot: string;
}

export interface Published {
  /**
   * `published`: new content. `unchanged`: the content that was published before. `superseded`: a snapshot of a later
   * moment was there already.
   */
  outcome: 'published' | 'unchanged' | 'superseded';
  head: Head;
  /** Of chunks that had to be written, packed. */
  writtenBytes: number;
}

/** The database's transaction counter is behind a published snapshot's, so which of the two is later cannot be told. */
export class EpochError extends CodedError {
  constructor(version: Version, published: Version) {
    const [read, last] = [version, published].map(({ epoch, rank }) => `${epoch}.${rank}`);
    super(
      'epoch_outdated',
      `The database was read at version ${read}, and version ${last} is published: after a restore or a switch to another database, raise EPOCH.`,
    );
  }
}

/**
 * Publishes content over `base`, the head that was published **before** the table was read: first the chunks that
 * are missing, then the head, on the condition that the head is still the one whose chunks were counted on.
 *
 * @returns undefined where somebody has published meanwhile, and replaced chunks of `base` that were not read:
 * the table is to be read again.
 * @throws EpochError when the table was read later than `base` and is older.
 */
export async function publish(
  store: SnapshotStore,
  { runs, form, etag, version, snapshot }: Content,
  base: Head | undefined,
  { sizes, nowMs, rewrite = false }: { sizes: ChunkSizes; nowMs: number; rewrite?: boolean },
): Promise<Published | undefined> {
  if (base !== undefined && compareVersions(version, base) < 0) throw new EpochError(version, base);

  let writtenBytes = 0;
  for (let over = base; ; over = await store.readHead()) {
    const order = over === undefined ? 1 : compareVersions(version, over);
    // Of one moment there is one head, ever: another one with other chunks could be mistaken for the one counted on. So a
    // release with another form is seen from the next commit on; to see it at once, raise EPOCH.
    if (over !== undefined && (order < 0 || (order === 0 && !rewrite)))
      return { outcome: order < 0 ? 'superseded' : 'unchanged', head: over, writtenBytes };

    const stored = over?.chunks ?? [];
    const known = new Set(rewrite ? [] : stored.map(({ hash }) => hash));
    // To repair a head is to write the very chunks that it names, whatever sizes they were cut to.
    const chunks = chunksOf(runs, base?.chunks ?? [], order === 0 ? uncut : sizes);
    if (chunks.some(({ ref, pack }) => pack === undefined && !known.has(ref.hash))) return undefined;
    const missing = chunks.flatMap(({ ref, pack }) =>
      pack === undefined || known.has(ref.hash) ? [] : pack,
    );
    const packed = await workAtOnce(missing, packedAtOnce, (pack) => pack());
    await store.writeChunks(packed, version);
    for (const { body } of packed) writtenBytes += body.byteLength;
    if (over !== undefined && order === 0) return { outcome: 'unchanged', head: over, writtenBytes };

    const same = over?.etag === etag;
    const head: Head = {
      ...version,
      snapshot,
      etag,
      form,
      count: runs.reduce((count, run) => count + ('records' in run ? run.records.length : run.keptRows), 0),
      publishedAtMs: over !== undefined && same ? over.publishedAtMs : nowMs,
      chunks: chunks.map(({ ref }) => ref),
    };
    if (await store.publish(head, over)) {
      const kept = new Set(head.chunks.map(({ hash }) => hash));
      const retired = stored.map(({ hash }) => hash).filter((hash) => !kept.has(hash));
      await store.retireChunks(retired, version).catch(keepThem);
      return { outcome: same ? 'unchanged' : 'published', head, writtenBytes };
    }
  }
}

/** The chunks of all runs, in order. One that is kept is `base`'s at the same place, and cannot be packed. */
function chunksOf(
  runs: readonly SourceRun[],
  base: readonly ChunkRef[],
  sizes: ChunkSizes,
): { ref: ChunkRef; pack?: () => Promise<Chunk> }[] {
  const chunks: ReturnType<typeof chunksOf> = [];
  let changed: StoredRecord[][] = [];
  const cutChanged = () => {
    chunks.push(...cut(changed, sizes).map(toChunk));
    changed = [];
  };
  for (const [at, run] of runs.entries()) {
    if ('records' in run) {
      changed.push(run.records);
      continue;
    }
    cutChanged();
    const ref = base[at];
    if (ref === undefined) throw new TypeError('a run was kept that was not known');
    chunks.push({ ref });
  }
  cutChanged();
  return chunks;
}

/** It is published all the same: chunks that could not be retired cost their storage, and nothing else. */
function keepThem(error: unknown) {
  if (!(error instanceof StoreError)) throw error;
}

/** Sizes that leave every chunk as it is. */
const uncut: ChunkSizes = { fillBytes: 0, mostBytes: Number.POSITIVE_INFINITY };
