import type { TableEntry } from '../snapshots/pointer.ts';
import type { Table } from '../tables/table.ts';
import type { Need } from './need.ts';

export interface ReadRequest {
  table: Table;
  /** The part that the answer needs, given the table's entry. */
  need: (entry: TableEntry) => Need;
  /** Revalidate, even if memory is fresh: the answer is no older than this request. */
  noCache?: boolean;
  /** Accept an answer that was validated at this time or later, by the clock. */
  notBeforeMs?: number;
  /** A transaction that the list must include. Ignored together with a version. */
  transactionId?: string | undefined;
  /** The requested generation; undefined: the current one. */
  version?: number | undefined;
  /** By the clock. */
  deadlineMs: number;
}

/** The times that decide what is served, in ms. */
export interface Freshness {
  /** How long memory is fresh, before the pointer is revalidated. 0: revalidate for each request. */
  freshForMs: number;
  /** How long stale memory is served while the store does not respond. */
  staleLimitMs: number;
  /** How long a request waits for the transaction that it names. */
  transactionWaitMs: number;
}
