/** What an event means, whoever sent it. */
export type Change =
  /** Rows of a table changed, or will have when the named transactions are committed. */
  | { kind: 'change'; relation: string; transactionIds: readonly string[] }
  /** Time to look whether something was left undone. */
  | { kind: 'schedule' }
  /** Time to read the table, whatever was announced. */
  | { kind: 'reconcile' };
