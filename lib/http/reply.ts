import { CodedError, UnavailableError } from '../errors.ts';
import { HttpError } from './http-error.ts';

/** An answer as API Gateway takes it (payload format 2.0). */
export interface HttpReply {
  statusCode: number;
  headers: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
}

export function jsonReply(
  statusCode: number,
  value: unknown,
  headers: Record<string, string> = {},
): HttpReply {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value),
  };
}

/** `{"code","message"}`: what a caller may know of an error. Everything else about it is in the log. */
export function errorReply(error: unknown): HttpReply {
  if (error instanceof HttpError)
    return jsonReply(error.status, { code: error.code, message: error.message }, { ...error.headers });
  if (error instanceof UnavailableError) {
    const retryAfter = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    return jsonReply(503, { code: error.code, message: error.message }, { 'retry-after': retryAfter });
  }
  const code = error instanceof CodedError ? error.code : 'internal_error';
  return jsonReply(500, { code, message: 'The request failed; the log of this service says why.' });
}
