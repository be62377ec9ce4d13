import { CodedError } from '../errors.ts';

/** The only error that knows HTTP: a status, and headers. */
export class HttpError extends CodedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Replaces `{"code","message"}` as the body. */
  readonly body: unknown;

  constructor(
    status: number,
    code: string,
    message: string,
    {
      headers = {},
      body,
      ...options
    }: ErrorOptions & { headers?: Record<string, string>; body?: unknown } = {},
  ) {
    super(code, message, options);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}
