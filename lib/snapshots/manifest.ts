import * as z from '../parse.ts';

const Count = z.int().check(z.nonnegative());
export const Sha256 = z.string().check(z.regex(/^[\w-]{43}$/));

/** A run of records, stored as a blob under the SHA-256 of its text: see Chunk. */
export const ChunkRef = z.object({
  hash: Sha256,
  /**
   * The SHA-256 of the rows that the records were made of: as long as the rows have this digest, the chunk is
   * current.
   */
  source: Sha256,
  /** The lower bound of the chunk's keys: its first record's key when it was cut. */
  firstKey: z.string(),
  /** The number of records. */
  count: Count,
  /** The size of the records as UTF-8 JSON with commas between them. */
  bytes: Count,
});
export type ChunkRef = z.output<typeof ChunkRef>;

/** A segment of a manifest: a blob with refs of the level below, as JSON, at most 4 KB (but at least one ref). */
export const SegmentRef = z.object({ hash: Sha256, firstKey: z.string(), count: Count, bytes: Count });
export type SegmentRef = z.output<typeof SegmentRef>;

/**
 * The chunks of a table in key order, as a tree whose leaves are chunk refs. A small table has them inline (`level`
 * 0). A larger one has segments: `level` 1 names segments of chunk refs, `level` 2 segments of those, and so on.
 * Segment boundaries depend on content, so that a changed chunk changes one segment of each level.
 */
export const ManifestRef = z.union([
  z.object({ level: z.literal(0), refs: z.array(ChunkRef) }),
  z.object({ level: z.int().check(z.positive()), refs: z.array(SegmentRef) }),
]);
export type ManifestRef = z.output<typeof ManifestRef>;
