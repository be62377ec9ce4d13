import { createHash } from 'node:crypto';
import type { Provenance, Served } from '../reading/served.ts';
import type { Payload } from '../snapshots/snapshot.ts';
import { acceptedCodings, type Coding } from './accept-encoding.ts';
import { codingHeld, etagFor, isMatch } from './conditional.ts';
import { HttpError } from './http-error.ts';
import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';

/** The directives of Cache-Control, in seconds. */
export interface CacheControl {
  /** Who may keep an answer. Default: `public`. */
  scope?: 'public' | 'private';
  maxAgeS: number;
  staleWhileRevalidateS: number;
  staleIfErrorS: number;
}

/** The most characters that a byte takes in a JSON string: `\u0001`. */
const mostTextPerByte = 6;

/** A table's content, and how to build its payload. */
export interface Content {
  /**
   * The hash of the content without a coding. Compressed bytes with the same ETag may differ, with the version of zlib and
   * the cuts between chunks. That would matter only for range requests, which this service does not support.
   */
  hash: string;
  payload(coding: Coding): Promise<Payload>;
  /** The size without a coding. */
  bytes: number;
}

/** The whole table. */
export const wholeOf = ({ entry, bytes, payload }: Served): Content => ({ hash: entry.etag, bytes, payload });

/** The headers that describe a list. */
export const listHeaders = (served: Served) => ({
  age: String(Math.floor(served.ageMs / 1000)),
  'last-modified': new Date(served.entry.changed).toUTCString(),
  'snapshot-version': String(served.version),
  'total-count': String(served.entry.count),
  'cache-status': cacheStatus(served),
});

/** The precondition that decides an answer; undefined if none does. */
export type Precondition = { status: 412 } | { status: 304; coding: Coding } | undefined;

/** Evaluates a request's preconditions against the content's hash (RFC 9110, 13.2.2). */
export function preconditionOf({ method, headers }: HttpRequest, hash: string): Precondition {
  // Preconditions of a POST refer to its target, not to its answer.
  if (method === 'POST') return undefined;
  if (!isMatch(headers['if-match'], hash)) return { status: 412 };
  const coding = codingHeld(headers['if-none-match'], hash, codingsOf({ headers }));
  return coding && { status: 304, coding };
}

/** @throws HttpError 406 */
function codingsOf({ headers }: Pick<HttpRequest, 'headers'>): readonly Coding[] {
  const accepted = acceptedCodings(headers['accept-encoding']);
  if (accepted.length === 0)
    throw new HttpError(406, 'coding_not_acceptable', 'Accept br, gzip or identity.');
  return accepted;
}

/** The list exceeds the response limit in every coding that the client accepts. */
export class TooLargeError extends HttpError {
  constructor() {
    super(
      413,
      'response_too_large',
      'The whole list does not fit into one answer: ask for pages with ?limit= and ?after=, or accept gzip or br.',
    );
  }
}

/**
 * Answers 412 or 304 if a precondition decides; else the content in the client's preferred coding that fits into a response.
 * @param headers of 200 and 304
 * @throws HttpError 406, 412; TooLargeError
 */
export async function represent(
  request: HttpRequest,
  content: Content,
  headers: Readonly<Record<string, string>>,
): Promise<HttpReply> {
  const codings = codingsOf(request);
  const precondition = preconditionOf(request, content.hash);
  if (precondition?.status === 412)
    throw new HttpError(
      412,
      'precondition_failed',
      'If-Match does not name the current ETag: read the content again.',
    );
  if (precondition !== undefined)
    return { statusCode: 304, headers: { ...headers, etag: etagFor(content.hash, precondition.coding) } };

  for (const coding of codings) {
    const { bytes } = content;
    if (coding === 'identity' && bytes > request.mostAnswerBytes) continue;
    const of = {
      'content-type': 'application/json',
      ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
      etag: etagFor(content.hash, coding),
      ...headers,
    };
    // A HEAD request loads no content.
    if (request.method === 'HEAD') return { statusCode: 200, headers: of };
    const { body, isBase64Encoded, payloadBytes } = await content.payload(coding);
    // Measuring takes time, and a short body always fits.
    const mayBeTooLarge = bytes * mostTextPerByte + 2 > request.mostAnswerBytes;
    if (mayBeTooLarge && payloadBytes() > request.mostAnswerBytes) continue;
    return { statusCode: 200, headers: of, body, isBase64Encoded };
  }
  throw new TooLargeError();
}

/** A list's Cache-Control header. */
export function cacheControlHeader({
  scope = 'public',
  maxAgeS,
  staleWhileRevalidateS,
  staleIfErrorS,
}: CacheControl) {
  const directives = [scope, `max-age=${maxAgeS}`];
  if (staleWhileRevalidateS > 0) directives.push(`stale-while-revalidate=${staleWhileRevalidateS}`);
  if (staleIfErrorS > 0) directives.push(`stale-if-error=${staleIfErrorS}`);
  return directives.join(', ');
}

/** RFC 9211. It has one detail: the most important one. */
function cacheStatus({ from, stale, pinned, frozen }: Provenance) {
  if (stale) return 'offload; hit; ttl=-1; detail=stale';
  if (pinned) return 'offload; hit; detail=pinned';
  if (frozen) return 'offload; hit; detail=frozen';
  return from === 'database' ? 'offload; fwd=miss; detail=database' : `offload; hit; detail=${from}`;
}

export const hashOf = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url');
};
