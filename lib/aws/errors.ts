/** DynamoDB's own refusal, by its name: `ConditionalCheckFailedException`. */
export class DynamoDbError extends Error {
  readonly code: string;
  /** Of HTTP. */
  readonly status: number;

  constructor({ code, status, message }: { code: string; status: number; message: string }) {
    super(message);
    this.name = 'DynamoDbError';
    this.code = code;
    this.status = status;
  }
}

/** There is no answer: no connection, a broken one, or time is up. The call may have had its effect. */
export class UnansweredError extends Error {
  /** Whether the connection was an idle one, which the other side may have closed long ago. */
  readonly wasIdle: boolean;

  constructor(message: string, { cause, wasIdle = false }: { cause?: unknown; wasIdle?: boolean } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'UnansweredError';
    this.wasIdle = wasIdle;
  }
}
