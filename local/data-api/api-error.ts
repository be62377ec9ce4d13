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

/** An error with the name, the HTTP status and the message that the service sends to clients. */
export class ApiError extends Error {
  readonly status: number;
  /** Further members of the error's body. */
  readonly details: Record<string, unknown>;

  /** Whether the error rolls the call's transaction back. */
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
