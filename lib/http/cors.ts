import type { HttpReply } from './reply.ts';

/** Origins whose pages may read this function's answers; `*`: all. */
export type CorsOrigins = '*' | readonly string[];

/** Request headers beyond the CORS-safelisted ones. */
const requestHeaders = 'If-None-Match, Cache-Control, Transaction-Id';
/** The headers that an authorizer of the gateway reads, those of a signature included. Public lists need none. */
const credentialHeaders = 'Authorization, X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token';
const exposedHeaders =
  'ETag, Link, Snapshot-Version, Age, Cache-Status, Total-Count, Retry-After, Last-Modified';
/** One day; Chromium caps it at two hours. */
const maxAgeS = '86400';

/** The answer to OPTIONS, preflight or not: browsers read the Access-Control headers, other clients `Allow`. */
export function optionsReply(methods: readonly string[], { isPrivate }: { isPrivate: boolean }): HttpReply {
  return {
    statusCode: 204,
    headers: {
      allow: [...methods, 'OPTIONS'].join(', '),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': isPrivate ? `${requestHeaders}, ${credentialHeaders}` : requestHeaders,
      'access-control-max-age': maxAgeS,
      'cache-control': 'no-store',
    },
  };
}

/**
 * Allows pages of these origins to read an answer, without credentials. If `origins` is a list, every answer has
 * `Vary: Origin`.
 */
export function shareWithPages(
  reply: HttpReply,
  origin: string | undefined,
  origins: CorsOrigins,
): HttpReply {
  const allowed = origins === '*' ? '*' : origins.find((one) => one === origin);
  const headers = { ...reply.headers };
  if (origins !== '*')
    headers['vary'] = headers['vary'] === undefined ? 'Origin' : `${headers['vary']}, Origin`;
  if (allowed !== undefined) {
    headers['access-control-allow-origin'] = allowed;
    headers['access-control-expose-headers'] = exposedHeaders;
  }
  return { ...reply, headers };
}
