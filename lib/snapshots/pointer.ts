import * as z from '../parse.ts';
import { PgSnapshot } from '../pg-snapshot.ts';
import { ManifestRef, Sha256 } from './manifest.ts';

const Count = z.int().check(z.nonnegative());

/** What a table holds, and where its records are. */
const TableState = z.object({
  manifest: ManifestRef,
  /** SHA-256 of the form and of all rows, base64url: the same content has the same, however it is cut into chunks. */
  etag: Sha256,
  /** Records. */
  count: Count,
  /** Of all records as JSON, with commas between them. */
  bytes: Count,
  /** `pg_current_snapshot()` of the read that found this content, or found it unchanged. */
  snapshot: PgSnapshot,
});
export type TableState = z.output<typeof TableState>;

/** A table as it is published, in one form: two releases side by side have an entry each. */
export const TableEntry = z.extend(TableState, {
  /** The form of the table's records (see `Table.form`): an entry of another form is never served. */
  form: Sha256,
  /**
   * The newest generation that this content is of, which lists carry as `Snapshot-Version`: set by a write that raises
   * the pointer's generation, in the entry of each table that was read for it. A table that was left out keeps its own,
   * so that lists with the same one are of one moment.
   */
  generation: Count,
  /** The generation in which this content was published. Also its `Last-Modified`, as ms since the epoch. */
  changed: Count,
  /**
   * The refresh that validated this entry: the refresh item's incarnation, the `requested` that the read had noted, and
   * a digest of the announced transactions that still ran.
   * An entry whose form is behind another form's differs from it here.
   */
  request: z.string(),
  /** The newest state that the guard has held back. */
  held: z.optional(TableState),
});
export type TableEntry = z.output<typeof TableEntry>;

/** Entries by the table's name; at most two forms of each, the one written last first. */
export const Tables = z.record(z.string(), z.array(TableEntry).check(z.maxLength(2)));
export type Tables = z.output<typeof Tables>;

/**
 * What is published: the one item whose replacement publishes. At most 4 KB, so that it costs one read unit: where the
 * tables take more than 3 KB, `root` names a blob that holds them (JSON of Tables).
 */
export const Pointer = z.object({
  /** Random; another one after every write. Compare-and-set compares it. */
  revision: z.string(),
  /** The published state: 0 before the first publication; then max(previous + 1, ms since the epoch). */
  generation: Count,
  /** History begins here: an older generation does not exist for any reader, unless it is pinned. */
  oldest: Count,
  /** When the tables were read last, ms since the epoch by the clock of who read them: for the intervals between reads. */
  readAtMs: Count,
  /** How often a sweep has begun. A blob that is put carries the number that its writer has read. */
  sweep: Count,
  /** The generation that readers answer instead of `generation`. */
  pin: z.optional(Count),
  tables: Tables,
  root: z.optional(Sha256),
});
export type Pointer = z.output<typeof Pointer>;

/** The generation that readers answer. */
export const answeredGeneration = ({ generation, pin }: Pointer) => pin ?? generation;
