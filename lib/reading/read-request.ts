import type { TableEntry } from '../snapshots/pointer.ts';
import type { Table } from '../tables/table.ts';
import type { Need } from './need.ts';

export interface ReadRequest {
  table: Table;
  /** What the answer needs, by the entry that it is made of. */
  need: (entry: TableEntry) => Need;
  /** Ask now, even if memory is fresh: the answer is no older than this request. */
  noCache?: boolean;
  /** An answer that was validated then or later, by the clock, will do. */
  notBeforeMs?: number;
  /** A transaction that the list must include. It means nothing beside a version. */
  transactionId?: string | undefined;
  /** The generation whose list is asked for; undefined: the one that is published. */
  version?: number | undefined;
  /** By the clock. */
  deadlineMs: number;
}

/** The times that decide what is served, in ms. */
export interface Freshness {
  /** For how long memory is served before the pointer is asked for again. 0: always ask. */
  freshForMs: number;
  /** For how long memory is served while nobody answers. */
  staleLimitMs: number;
  /** For how long a request waits for the transaction that it names. */
  transactionWaitMs: number;
}
