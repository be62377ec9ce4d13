import * as z from '../parse.ts';
import { PgSnapshot } from '../pg-snapshot.ts';
import { ManifestRef, Sha256 } from './manifest.ts';

const Count = z.int().check(z.nonnegative());

/** The content of a table, and where its records are stored. */
const TableState = z.object({
  manifest: ManifestRef,
  /**
   * SHA-256 of the form and of all rows, base64url: the same content has the same ETag, however it is cut into
   * chunks.
   */
  etag: Sha256,
  /** The number of records. */
  count: Count,
  /** The size of all records as JSON, with commas between them. */
  bytes: Count,
  /** `pg_current_snapshot()` of the latest read that found this content. */
  snapshot: PgSnapshot,
});
export type TableState = z.output<typeof TableState>;

/** A published table in one form: two releases side by side have an entry each. */
export const TableEntry = z.extend(TableState, {
  /** The form of the table's records (see `Table.form`): readers serve only their own form. */
  form: Sha256,
  /**
   * The newest generation with this content; the `Snapshot-Version` of its list. A write that begins a generation sets it in
   * the entry of each table that was read. A table that was left out keeps its own, so that lists with the same version show
   * the same moment.
   */
  generation: Count,
  /** The generation that published this content first. Also its `Last-Modified`, as ms since the epoch. */
  changed: Count,
  /**
   * The refresh that validated this entry: the refresh item's incarnation, the `requested` that was noted before the read,
   * and a digest of the announced transactions that were still running. A form is behind if its value differs from that of
   * the form written last.
   */
  request: z.string(),
  /** Whether the last refresh of this form could not read the table, and kept its entry. */
  frozen: z.optional(z.literal(true)),
  /** The newest state that `mayLose` has held back. */
  held: z.optional(TableState),
});
export type TableEntry = z.output<typeof TableEntry>;

/** Entries by table name; at most two forms of each, the latest written first. */
export const Tables = z.record(z.string(), z.array(TableEntry).check(z.maxLength(2)));
export type Tables = z.output<typeof Tables>;

/**
 * The published state: a compare-and-set on this item publishes. At most 4 KB, one read unit: if the tables take more than
 * 3 KB, `root` names a blob with them (JSON of Tables).
 */
export const Pointer = z.object({
  /** Random, new with every write. Compare-and-set compares it. */
  revision: z.string(),
  /**
   * The number of the published state: 0 before the first publication; then max(previous + 1, ms since the epoch).
   */
  generation: Count,
  /** The start of history: an older generation does not exist for readers, unless it is pinned. */
  oldest: Count,
  /** The time of the last read of the tables, ms since the epoch by its reader's clock, for the intervals between reads. */
  readAtMs: Count,
  /** The number of sweeps that have begun. A stored blob carries the number that its writer has read. */
  sweep: Count,
  /** The pinned generation, which readers answer instead of `generation`. */
  pin: z.optional(Count),
  tables: Tables,
  root: z.optional(Sha256),
});
export type Pointer = z.output<typeof Pointer>;

/** The generation that readers answer. */
export const answeredGeneration = ({ generation, pin }: Pointer) => pin ?? generation;
