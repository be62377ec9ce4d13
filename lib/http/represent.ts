import { createHash } from 'node:crypto';
import type { Provenance, Served } from '../reading/served.ts';
import type { Payload } from '../snapshots/snapshot.ts';
import { acceptedCodings, type Coding } from './accept-encoding.ts';
import { codingHeld, etagFor, isMatch } from './conditional.ts';
import { HttpError } from './http-error.ts';
import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';

/** What clients and proxies are told about keeping an answer, in seconds. */
export interface CacheControl {
  /** Who may keep an answer; `public` where it is not said. */
  scope?: 'public' | 'private';
  maxAgeS: number;
  staleWhileRevalidateS: number;
  staleIfErrorS: number;
}

/** A byte in a JSON string: `\u0001`. */
const mostTextPerByte = 6;

/** Content of a table, and how it becomes a payload. */
export interface Content {
  /**
   * Names the content: the same hash, the same bytes. In gzip and brotli they may be compressed to others, by another zlib
   * or from other chunks, under the same ETag: it matters to nobody but who joins ranges, and none is served.
   */
  hash: string;
  payload(coding: Coding): Promise<Payload>;
  /** Without a coding. */
  bytes: number;
}

/** All of a table. */
export const wholeOf = ({ entry, bytes, payload }: Served): Content => ({ hash: entry.etag, bytes, payload });

/** What an answer is without its body, and says of itself. */
export const listHeaders = (served: Served) => ({
  age: String(Math.floor(served.ageMs / 1000)),
  'last-modified': new Date(served.entry.changed).toUTCString(),
  'snapshot-version': String(served.version),
  'total-count': String(served.entry.count),
  'cache-status': cacheStatus(served),
});

/** What a request's preconditions come to for content of this hash (RFC 9110, 13.2.2). */
export type Precondition = { status: 412 } | { status: 304; coding: Coding } | undefined;

export function preconditionOf({ method, headers }: HttpRequest, hash: string): Precondition {
  // What a POST answers is not the thing that its condition is about.
  if (method === 'POST') return undefined;
  if (!isMatch(headers['if-match'], hash)) return { status: 412 };
  const coding = codingHeld(headers['if-none-match'], hash, codingsOf({ headers }));
  return coding && { status: 304, coding };
}

/** @throws HttpError 406 */
function codingsOf({ headers }: Pick<HttpRequest, 'headers'>): Coding[] {
  const accepted = acceptedCodings(headers['accept-encoding']);
  if (accepted.length === 0)
    throw new HttpError(406, 'coding_not_acceptable', 'Accept br, gzip or identity.');
  return accepted;
}

/** The list does not fit into one answer, in any coding that the client takes. */
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
 * The answer for some content: 412 or 304 by the preconditions, else in the coding that the client wants most and that fits.
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
    throw new HttpError(412, 'precondition_failed', 'The content is not what If-Match names: read it again.');
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
    // Nothing was loaded for it.
    if (request.method === 'HEAD') return { statusCode: 200, headers: of };
    const { body, isBase64Encoded, payloadBytes } = await content.payload(coding);
    // What is so short fits in any case, and is not counted.
    const mayBeTooLarge = bytes * mostTextPerByte + 2 > request.mostAnswerBytes;
    if (mayBeTooLarge && payloadBytes() > request.mostAnswerBytes) continue;
    return { statusCode: 200, headers: of, body, isBase64Encoded };
  }
  throw new TooLargeError();
}

/** The header of a list. */
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

/** RFC 9211. There is one detail: the one that matters most. */
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
