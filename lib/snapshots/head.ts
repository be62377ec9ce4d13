import * as z from 'zod/mini';
import { PgSnapshot } from '../pg-snapshot.ts';

/**
 * Which moment a snapshot is of. Versions are ordered: by epoch first, an operator's number that is raised when the
 * database's transaction counter may have gone back (a restore, a blue/green switch), then by the moment's rank.
 */
export interface Version {
  epoch: number;
  rank: number;
}

/** Negative when `a` is earlier than `b`, 0 when they are the same moment. */
export const compareVersions = (a: Version, b: Version) => a.epoch - b.epoch || a.rank - b.rank;

const Count = z.int().check(z.nonnegative());

const Sha256 = z.string().check(z.regex(/^[\w-]{43}$/));

/** A run of records, stored under the SHA-256 of its text: see Chunk. */
export const ChunkRef = z.object({
  hash: Sha256,
  /** SHA-256 of the rows that the records were made of: with the same rows, the chunk is good still. */
  source: z.optional(Sha256),
  firstKey: z.string(),
  /** Of the records alone, as UTF-8 JSON with commas between them. */
  bytes: Count,
});
export type ChunkRef = z.output<typeof ChunkRef>;

/** The published snapshot: where it is, what it holds. To write this one item is to publish. */
export const Head = z.object({
  epoch: Count,
  rank: Count,
  /** `pg_current_snapshot()` of the read. */
  snapshot: PgSnapshot,
  /** SHA-256 of the form and of all rows, base64url. The same content has the same, however it is cut. */
  etag: Sha256,
  /** How records are made of rows. Where that is another now, or not said, the rows' hashes say nothing. */
  form: z.optional(Sha256),
  /** Records. */
  count: Count,
  /** When this content was first published, ms since the epoch, by the publisher's clock. */
  publishedAtMs: Count,
  chunks: z.array(ChunkRef),
});
export type Head = z.output<typeof Head>;
