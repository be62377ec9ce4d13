const statusOf = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  HttpEndpointNotEnabledException: 400,
  IncompleteSignatureException: 403,
  InternalFailure: 500,
  InternalServerErrorException: 500,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  SecretsErrorException: 400,
  SerializationException: 400,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  ThrottlingException: 429,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const;

export type ApiErrorName = keyof typeof statusOf;

/** The one error that a client sees: its name, its HTTP status and its message are those of the service. */
export class ApiError extends Error {
  readonly status: number;
  /** Members of the error's body beside `message`. */
  readonly details: Record<string, unknown>;

  /** The call's transaction is rolled back with it. */
  readonly losesTransaction: boolean;

  constructor(
    name: ApiErrorName,
    message: string,
    {
      details = {},
      losesTransaction = false,
      cause,
    }: { details?: Record<string, unknown>; losesTransaction?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = name;
    this.status = statusOf[name];
    this.details = details;
    this.losesTransaction = losesTransaction;
  }
}
