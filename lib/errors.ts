/**
 * An error whose `code` and `message` are written for a caller. What an operator needs besides is in `cause`,
 * which goes to the log and never into a response.
 */
export class CodedError extends Error {
  /** Stable, in snake_case: a caller may branch on it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = code; // Lambda shows a rejecting handler's `name` as its errorType
  }
}

/** Something that this service needs does not answer now, and may answer later. */
export class UnavailableError extends CodedError {
  readonly retryAfterMs: number;

  constructor(code: string, message: string, options: ErrorOptions & { retryAfterMs: number }) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}
