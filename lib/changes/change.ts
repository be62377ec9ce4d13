/** What an event means, whoever sent it. */
export type Change =
  | TableChange
  /** Time to look whether something was left undone. */
  | { kind: 'schedule' }
  /** A record that its sender sends as a matter of course, and that says nothing about rows. */
  | { kind: 'ignored'; reason: string };

/** Rows of tables changed, or will have when the named transactions are committed. */
export interface TableChange {
  kind: 'change';
  /** `schema.table`, spelt as the sender does; one that this dataset does not have is worth a warning. */
  relations: readonly string[];
  /** Tables of a record that tells of every table of the database: one that this dataset does not have is normal. */
  mentioned?: readonly string[];
  /** Of writers that may still be running; none where a change is told of after its commit. At most 1,000. */
  transactionIds: readonly string[];
  /** When the change was announced, by the database's clock; of several changes, the first. */
  announcedAtMs?: number;
}
