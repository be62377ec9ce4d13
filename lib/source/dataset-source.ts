import type { CodedError } from '../errors.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import type { KnownRun } from './plan.ts';

/** A table as the publisher sees it. */
export interface SourceTable {
  name: string;
  /** Another one says that the same rows become other records. */
  form: string;
  /** The largest share of its rows that one publication may take away, 0 to 1. 1: any. */
  mayLose: number;
}

/** What takes a table's rows, in key order, while they are read. Each call is awaited before the next: it may wait for room. */
export interface TableSink {
  /** The rows of this known run are as they were. @param run from 0 */
  keep(run: number, rows: number): Promise<void>;
  /** Records of a run that has changed (run 0 where none was known), after all that came before; called once or more. */
  take(run: number, records: readonly StoredRecord[]): Promise<void>;
}

/** A table at the moment of the read. */
export interface TableRead {
  /** SHA-256 of the form and of all rows, base64url. */
  etag: string;
  count: number;
  /** Columns of the relation that the table's file does not name. */
  unknownColumns: readonly string[];
}

/**
 * Why a table was left out: `locked` passes by itself; `lasting` is drift, a key that is not unique, a row that does not fit.
 * What its sink was given before is void.
 */
export interface LeftOut {
  reason: 'locked' | 'lasting';
  error: CodedError;
}

export interface DatasetRead {
  /** `pg_current_snapshot()`: the one moment of every table that was read. */
  snapshot: string;
  /** Those of the pending transactions that are finished at that moment. */
  settled: readonly string[];
  /** By the table's name, every table that was asked for. */
  tables: ReadonlyMap<string, TableRead | LeftOut>;
}

/** All tables of the deployment at one moment of the database. */
export interface DatasetSource {
  tables: readonly SourceTable[];
  /**
   * Reads the tables at one moment. Rows go to the tables' sinks as they come: what a sink was given is of the moment that
   * the result names, verified before it is given. Where a read begins again, `begin` is called again for each table, and
   * what earlier sinks were given is void.
   *
   * @param options.pending transactions to ask about, as `pg_current_xact_id()` gave them
   * @param options.known by table, the runs that need not be read where they are as they were; none: the whole table
   * @param options.begin makes the sink of a table
   * @throws DatabaseUnavailableError, TransactionLostError (after a second try), DatabaseAccessError, StatementError
   */
  read(options: {
    pending: readonly string[];
    known: ReadonlyMap<string, readonly KnownRun[]>;
    begin: (table: string) => TableSink;
    deadlineMs: number;
  }): Promise<DatasetRead>;
  /**
   * Which of the pending transactions are finished now, and which can never be: ids that the server has not given out.
   * Small statements; no table is touched.
   */
  settled(options: {
    pending: readonly string[];
    deadlineMs: number;
  }): Promise<{ settled: readonly string[]; impossible: readonly string[] }>;
}
