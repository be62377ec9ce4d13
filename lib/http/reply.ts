import { CodedError, UnavailableError } from '../errors.ts';
import { HttpError } from './http-error.ts';

/** An answer in API Gateway's format (payload format 2.0). */
export interface HttpReply {
  statusCode: number;
  headers: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
  /** For a load balancer with header lists. */
  multiValueHeaders?: Record<string, string[]>;
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

/** The statuses of errors of other modules whose message is for the caller. */
const statusOf: Record<string, number> = {
  cache_unusable: 500,
  version_unknown: 404,
  pinned: 409,
  publication_held: 409,
  version_gone: 410,
};

/** The answer to an error: `{"code","message"}`. The log has the cause. */
export function errorReply(error: unknown): HttpReply {
  if (error instanceof HttpError)
    return jsonReply(error.status, error.body ?? { code: error.code, message: error.message }, {
      ...error.headers,
    });
  const code = error instanceof CodedError ? error.code : 'internal_error';
  const status = statusOf[code];
  if (error instanceof UnavailableError && status === undefined) {
    const retryAfter = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    return jsonReply(503, { code, message: error.message }, { 'retry-after': retryAfter });
  }
  if (error instanceof CodedError && status !== undefined)
    return jsonReply(status, { code, message: error.message });
  return jsonReply(500, { code, message: 'The request failed; the log of this service says why.' });
}
