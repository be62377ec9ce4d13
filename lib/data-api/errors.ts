import { CodedError, UnavailableError } from '../errors.ts';

/** The database, or the service before it, does not answer now; it was asked again for as long as there was time. */
export class DatabaseUnavailableError extends UnavailableError {
  constructor(cause: unknown, retryAfterMs: number) {
    super('database_unavailable', 'The database does not answer now.', { cause, retryAfterMs });
  }
}

/** The transaction is gone (idle too long, an answer over the limit, a failover): what was read in it must be read again. */
export class TransactionLostError extends UnavailableError {
  constructor(cause: unknown) {
    super('transaction_lost', 'The read was interrupted.', { cause, retryAfterMs: 1_000 });
  }
}

/** PostgreSQL refused the statement. `sqlState` is PostgreSQL's five characters, for example `42703` (no such column). */
export class StatementError extends CodedError {
  readonly sqlState: string | undefined;

  constructor(cause: Error) {
    super('statement_failed', 'The database refused a statement.', { cause });
    this.sqlState = /SQLState: ([0-9A-Z]{5})/.exec(cause.message)?.[1];
  }
}

/** The service refuses this caller or this set-up: an ARN, a secret, a right, a switched-off endpoint. Asking again is useless. */
export class DatabaseAccessError extends CodedError {
  constructor(cause: unknown) {
    super('database_misconfigured', 'The database cannot be reached with this configuration.', { cause });
  }
}
