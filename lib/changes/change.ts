/** The meaning of an event, independent of its sender. */
export type Change =
  | TableChange
  /** The schedule: serve what is recorded and still open. */
  | { kind: 'schedule' }
  /** A routine record of the sender that contains no row change. */
  | { kind: 'ignored'; reason: string };

/** Rows of tables changed, or will change when the named transactions commit. */
export interface TableChange {
  kind: 'change';
  /** `schema.table`, in the sender's spelling; an unknown table is worth a warning. */
  relations: readonly string[];
  /** Tables from a record that covers the whole database; unknown tables are normal there. */
  mentioned?: readonly string[];
  /** The writing transactions, which may still be running; empty if the change is committed. At most 1,000. */
  transactionIds: readonly string[];
  /** When the change was announced, by the database's clock; for several changes, the earliest. */
  announcedAtMs?: number;
}
