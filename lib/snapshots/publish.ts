import { createHash } from 'node:crypto';
import { CodedError } from '../errors.ts';
import { type StoredRecord, toChunk } from './chunk.ts';
import { type ChunkSizes, cut } from './cut.ts';
import { compareVersions, type Head, type Version } from './head.ts';
import { type SnapshotStore, StoreError } from './store.ts';

/** What a read of the table is to be published as. */
export interface Content {
  /** The member of the answer that holds the records. */
  name: string;
  records: readonly StoredRecord[];
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
 * @throws EpochError when the table was read later than `base` and is older.
 */
export async function publish(
  store: SnapshotStore,
  { name, records, version, snapshot }: Content,
  base: Head | undefined,
  { sizes, nowMs, rewrite = false }: { sizes: ChunkSizes; nowMs: number; rewrite?: boolean },
): Promise<Published> {
  if (base !== undefined && compareVersions(version, base) < 0) throw new EpochError(version, base);

  const etag = hashOf(name, records);
  let writtenBytes = 0;
  for (let over = base; ; over = await store.readHead()) {
    const order = over === undefined ? 1 : compareVersions(version, over);
    // Of one moment there is one head, ever: another one with other chunks could be mistaken for the one counted on.
    if (over !== undefined && order < 0) return { outcome: 'superseded', head: over, writtenBytes };
    if (over !== undefined && order === 0 && !rewrite)
      return { outcome: 'unchanged', head: over, writtenBytes };

    const stored = over?.chunks ?? [];
    // To repair a head is to write the very chunks that it names, whatever sizes they were cut to.
    const chunks = cut(records, stored, order === 0 ? uncut : sizes).map(toChunk);
    const known = new Set(rewrite ? [] : stored.map(({ hash }) => hash));
    const packed = await Promise.all(
      chunks.filter(({ ref }) => !known.has(ref.hash)).map(({ pack }) => pack()),
    );
    await store.writeChunks(packed, version);
    for (const { body } of packed) writtenBytes += body.byteLength;
    if (over !== undefined && order === 0) return { outcome: 'unchanged', head: over, writtenBytes };

    const same = over?.etag === etag;
    const head: Head = {
      ...version,
      snapshot,
      etag,
      count: records.length,
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

/** It is published all the same: chunks that could not be retired cost their storage, and nothing else. */
function keepThem(error: unknown) {
  if (!(error instanceof StoreError)) throw error;
}

/** Sizes that leave every chunk as it is. */
const uncut: ChunkSizes = { fillBytes: 0, mostBytes: Number.POSITIVE_INFINITY };

/** The head and tail of the answer, around the records. */
export const envelope = (name: string) => ({ start: `{${JSON.stringify(name)}:[`, end: ']}' });

function hashOf(name: string, records: readonly StoredRecord[]) {
  const { start, end } = envelope(name);
  const hash = createHash('sha256').update(start);
  for (const [at, { json }] of records.entries()) hash.update(at === 0 ? json : `,${json}`);
  return hash.update(end).digest('base64url');
}
