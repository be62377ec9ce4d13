import { CodedError, UnavailableError } from '../errors.ts';

/** The database, or the Data API, does not respond; retries went on until the deadline. */
export class DatabaseUnavailableError extends UnavailableError {
  constructor(cause: unknown, retryAfterMs: number) {
    super('database_unavailable', 'The database does not respond: retry.', { cause, retryAfterMs });
  }
}

/**
 * The transaction is gone (idle timeout, response over the limit, failover): everything read in it must be read
 * again.
 */
export class TransactionLostError extends UnavailableError {
  constructor(cause: unknown) {
    super('transaction_lost', 'The read of the database was interrupted: retry.', {
      cause,
      retryAfterMs: 1_000,
    });
  }
}

/** PostgreSQL rejected the statement. `sqlState` is the SQLSTATE, for example `42703` (undefined column). */
export class StatementError extends CodedError {
  readonly sqlState: string | undefined;

  constructor(cause: Error) {
    super('statement_failed', 'The database rejected a statement.', { cause });
    this.sqlState = /SQLState: ([0-9A-Z]{5})/.exec(cause.message)?.[1];
  }
}

/**
 * The Data API rejects the caller or the configuration: an ARN, a secret, a permission, a disabled endpoint. Retrying
 * is useless.
 */
export class DatabaseAccessError extends CodedError {
  constructor(cause: unknown) {
    super('database_misconfigured', 'The database cannot be reached with this configuration.', { cause });
  }
}
