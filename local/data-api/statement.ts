import type { FieldDef, Connection as PgConnection, Submittable } from 'pg';
import { ApiError } from './api-error.ts';
import type { BoundValue } from './parameter-values.ts';
import { rowBytes } from './row-bytes.ts';

export interface Statement {
  text: string;
  values: BoundValue[];
}

export interface StatementResult {
  /** Undefined when the statement is of a kind that returns no rows. */
  fields: FieldDef[] | undefined;
  /** The values' texts as PostgreSQL wrote them. */
  rows: (string | null)[][];
  /** `SELECT`, `INSERT`, …; empty for an empty statement. */
  command: string;
  /** Rows that the command read or changed. */
  rowCount: number;
  /** The rows exceed the response limit, and reading stopped there. */
  oversized: boolean;
}

export interface RunningStatement extends Submittable {
  /** Rejects with a DatabaseError of PostgreSQL, or with the error of the connection. */
  result: Promise<StatementResult>;
}

/** The rows that PostgreSQL sends before it waits, which bounds this process's memory during a huge SELECT. */
const rowsPerFetch = '200';

/** A CopyFail message with an empty reason: otherwise PostgreSQL waits for data without end. */
const copyFail = Buffer.from([0x66, 0, 0, 0, 5, 0]);

/**
 * A statement for `client.query()`, which calls the `handle…` methods.
 *
 * `pg`'s own query cannot send the parameters' types, return unparsed texts, or stop in the middle. This one uses
 * the extended protocol, in which PostgreSQL itself refuses a second statement.
 *
 * @param maxResponseBytes reading stops once the rows exceed this size, counted by `rowBytes`.
 */
export function createStatement({ text, values }: Statement, maxResponseBytes: number): RunningStatement {
  const { promise, resolve, reject } = Promise.withResolvers<StatementResult>();
  const result: StatementResult = { fields: undefined, rows: [], command: '', rowCount: 0, oversized: false };
  let bytes = 0;

  const fetchRows = (connection: PgConnection) => {
    connection.execute({ portal: '', rows: rowsPerFetch }, true);
    connection.flush();
  };

  const handlers = {
    submit(connection: PgConnection) {
      connection.stream.cork();
      connection.parse({ name: '', text, types: values.map(({ typeOid }) => String(typeOid)) }, true);
      connection.bind({ portal: '', statement: '', values: values.map(({ value }) => value) }, true);
      connection.describe({ type: 'P', name: '' }, true);
      fetchRows(connection);
      connection.stream.uncork();
    },

    handleRowDescription(message: { fields: FieldDef[] }) {
      result.fields = message.fields;
    },

    handleDataRow({ fields: row }: { fields: (string | null)[] }) {
      if (result.oversized) return;
      bytes += rowBytes(row, result.fields ?? []);
      result.oversized = bytes > maxResponseBytes;
      result.rows.push(row);
    },

    handlePortalSuspended(connection: PgConnection) {
      if (!result.oversized) return fetchRows(connection);
      connection.close({ type: 'P', name: '' }, true);
      connection.sync();
    },

    /** The tag is a command and its counts: `SELECT 5`, `INSERT 0 1`, `CREATE TABLE`. */
    handleCommandComplete({ text: tag }: { text: string }, connection: PgConnection) {
      const [command = ''] = tag.split(' ', 1);
      result.command = command;
      result.rowCount = Number(/ (\d+)$/.exec(tag)?.[1] ?? 0);
      connection.sync();
    },

    handleEmptyQuery(connection: PgConnection) {
      connection.sync();
    },

    handleCopyInResponse(connection: PgConnection) {
      connection.stream.write(copyFail);
    },

    handleCopyData() {
      // Dropped: handleReadyForQuery refuses COPY TO STDOUT.
    },

    handleError(error: Error, connection: PgConnection) {
      reject(error);
      connection.sync();
    },

    handleReadyForQuery() {
      if (result.command === 'COPY') {
        reject(new ApiError('DatabaseErrorException', 'unexpected message: CopyOutResponse'));
      } else resolve(result);
    },
  };
  return { ...handlers, result: promise };
}
