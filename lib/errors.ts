/**
 * An error whose `code` and `message` are written for the caller. `cause` is for the operator: it goes to the log,
 * and never into a response.
 */
export class CodedError extends Error {
  /** Stable, in snake_case: callers may branch on it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = code; // Lambda reports a rejecting handler's `name` as errorType
  }
}

/** A dependency does not respond now, and may respond later. */
export class UnavailableError extends CodedError {
  readonly retryAfterMs: number;

  constructor(code: string, message: string, options: ErrorOptions & { retryAfterMs: number }) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}
