import { CodedError, UnavailableError } from '../errors.ts';
import type { Table } from '../tables/table.ts';

/**
 * A row holds a value that its table's file does not allow. The message names the row and the member, and no other
 * content.
 */
export class RowError extends CodedError {
  constructor(table: Table, key: string, faults: readonly string[]) {
    super(
      'row_invalid',
      `The row of ${table.relation} with ${table.key.name} ${key} does not fit: ${faults.join('; ')}.`,
    );
  }
}

/** A row exceeds the size that a refresh reads. */
export class RowSizeError extends CodedError {
  constructor(table: Table, key: string, mostBytes: number) {
    super(
      'row_too_large',
      `The row of ${table.relation} with ${table.key.name} ${key} has more than ${mostBytes} bytes, which is the most that is read of one row. Leave its large column out, or the row by the table's "where".`,
    );
  }
}

/** Two rows have the same key, or a row has none. `cause` names the key, for the log. */
export class KeyError extends CodedError {
  constructor(table: Table, { twice }: { twice: string | null }) {
    const fault = twice === null ? 'is NULL in at least one row' : 'is not unique';
    const advice = `A table needs a primary key or a unique index on it, a view must give each key once.`;
    super('key_not_unique', `The key ${table.key.column} of ${table.relation} ${fault}. ${advice}`, {
      ...(twice === null ? {} : { cause: new Error(`more than one row has the key ${twice}`) }),
    });
  }
}

/** The database role may not read the relation, or one of its columns. */
export class TableAccessError extends CodedError {
  constructor(table: Table, columns: readonly string[], options?: ErrorOptions) {
    const what = columns.length === 0 ? table.relation : `${columns.join(', ')} of ${table.relation}`;
    super(
      'table_not_readable',
      `The database's role may not read ${what}: grant it USAGE on the schema and SELECT on the relation.`,
      options,
    );
  }
}

/**
 * PostgreSQL fails to read this relation, and the catalogue does not explain it: a view or a `where` that raises an
 * error.
 */
export class TableStatementError extends CodedError {
  constructor(table: Table, sqlState: string | undefined, options?: ErrorOptions) {
    super(
      'table_unreadable',
      `PostgreSQL refuses to read ${table.relation} (SQLSTATE ${sqlState ?? 'unknown'}): look at its view or its "where".`,
      options,
    );
  }
}

/** Two statements of one moment returned different rows. */
export class TableUnstableError extends CodedError {
  constructor(table: Table) {
    super(
      'table_unstable',
      `The rows of ${table.relation} differ between two statements of one moment: its view or its "where" uses a volatile function.`,
    );
  }
}

/** Transient: a session holds, or waits for, the lock of a TRUNCATE, ALTER TABLE or VACUUM FULL. */
export class TableLockedError extends UnavailableError {
  constructor(table: Table, options: ErrorOptions = {}) {
    super('table_locked', `The table ${table.relation} is locked.`, { ...options, retryAfterMs: 2_000 });
  }
}
