/** DynamoDB rejected the request. `code` is its error name, such as `ConditionalCheckFailedException`. */
export class DynamoDbError extends Error {
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;

  constructor({ code, status, message }: { code: string; status: number; message: string }) {
    super(message);
    this.name = 'DynamoDbError';
    this.code = code;
    this.status = status;
  }
}

/** There is no response: the connection failed, broke, or timed out. The call may still have taken effect. */
export class UnansweredError extends Error {
  /** Whether the call used an idle connection, which the server may have closed earlier. */
  readonly wasIdle: boolean;

  constructor(message: string, { cause, wasIdle = false }: { cause?: unknown; wasIdle?: boolean } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'UnansweredError';
    this.wasIdle = wasIdle;
  }
}
