import type { CodedError } from '../errors.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import type { KnownRun } from './plan.ts';

/** A table as the publisher sees it. */
export interface SourceTable {
  name: string;
  /** The hash of the definition: it changes if the same rows would become other records. */
  form: string;
  /** The largest share of its rows that one publication may remove, 0 to 1. 1: any. */
  mayLose: number;
}

/**
 * Receives a table's rows in key order during the read. Each call is awaited before the next, so it may wait for
 * room.
 */
export interface TableSink {
  /**
   * The rows of this known run are unchanged.
   * @param run from 0
   */
  keep(run: number, rows: number): Promise<void>;
  /** Records of a changed run (run 0 if no run was known), after all earlier records; called once or more per run. */
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
 * Why a table was left out. `locked` is transient; `lasting` is schema drift, a key that is not unique, or a row that
 * does not fit. Everything that its sink received is void.
 */
export interface LeftOut {
  reason: 'locked' | 'lasting';
  error: CodedError;
}

export interface DatasetRead {
  /** `pg_current_snapshot()`: the moment of every table that was read. */
  snapshot: string;
  /** The pending transactions that are finished at that moment. */
  settled: readonly string[];
  /** Every requested table, by name. */
  tables: ReadonlyMap<string, TableRead | LeftOut>;
}

/** Reads all tables of the deployment at one moment of the database. */
export interface DatasetSource {
  tables: readonly SourceTable[];
  /**
   * Reads the tables at one moment. Rows go to the tables' sinks as they arrive, after they were verified to be of
   * the moment that the result names. If a read restarts, `begin` is called again for each table, and the content of
   * earlier sinks is void.
   * @param options.pending transactions to look up, as `pg_current_xact_id()` gave them
   * @param options.known by table, the runs whose rows are read only if they changed; none: read the whole table
   * @param options.etags by table, the ETag of the known runs; none: an unchanged run must be read, or a run is not known
   * @param options.begin makes the sink of a table
   * @throws DatabaseUnavailableError, TransactionLostError (after a second try), DatabaseAccessError, StatementError
   */
  read(options: {
    pending: readonly string[];
    known: ReadonlyMap<string, readonly KnownRun[]>;
    etags: ReadonlyMap<string, string>;
    begin: (table: string) => TableSink;
    deadlineMs: number;
  }): Promise<DatasetRead>;
  /**
   * Which pending transactions are finished, and which are impossible: ids that the server has not assigned. Uses
   * small statements that read no table.
   */
  settled(options: {
    pending: readonly string[];
    deadlineMs: number;
  }): Promise<{ settled: readonly string[]; impossible: readonly string[] }>;
}
