import { createHash } from 'node:crypto';
import type { Served } from '../reading/reader.ts';
import type { LoadedSnapshot, Payload } from '../snapshots/snapshot.ts';
import { acceptedCodings, type Coding } from './accept-encoding.ts';
import { codingHeld, etagFor } from './conditional.ts';
import { HttpError } from './http-error.ts';
import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';

/** What clients and proxies are told about keeping an answer, in seconds. */
export interface CacheControl {
  maxAgeS: number;
  staleWhileRevalidateS: number;
  staleIfErrorS: number;
}

/** Lambda's limit for an answer is 6 MB (6,291,556 bytes); the headers and the envelope get the rest. */
export const mostPayloadBytes = 6_291_556 - 16_384;

/** A byte in a JSON string: `\u0001`. */
const mostTextPerByte = 6;

/** Content of a snapshot, and how it becomes a payload. */
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

/** All of a snapshot. */
export const wholeOf = (snapshot: LoadedSnapshot): Content => ({
  hash: snapshot.head.etag,
  bytes: snapshot.bytes,
  payload: (coding) => snapshot.payload(coding),
});

/**
 * The answer for some content: 304 when the client has it, else in the coding that the client wants most and that fits.
 * @throws HttpError 413 where no coding that the client takes fits into an answer
 */
export async function represent(
  request: HttpRequest,
  { snapshot, ageMs, from, stale }: Served,
  content: Content,
  cacheControl: string,
  headers: Record<string, string> = {},
): Promise<HttpReply> {
  const { head } = snapshot;
  const codings = acceptedCodings(request.headers['accept-encoding']);
  if (codings.length === 0) throw new HttpError(406, 'coding_not_acceptable', 'Accept br, gzip or identity.');
  const shared = {
    vary: 'Accept-Encoding',
    'cache-control': cacheControl,
    age: String(Math.floor(ageMs / 1000)),
    'last-modified': new Date(head.publishedAtMs).toUTCString(),
    'snapshot-version': `${head.epoch}.${head.rank}`,
    'cache-status': cacheStatus(from, stale),
    ...headers,
  };
  // What a POST answers is not the thing that its condition is about.
  const condition = request.method === 'POST' ? undefined : request.headers['if-none-match'];
  const held = codingHeld(condition, content.hash, codings);
  if (held !== undefined)
    return { statusCode: 304, headers: { ...shared, etag: etagFor(content.hash, held) } };

  for (const coding of codings) {
    if (coding === 'identity' && content.bytes > mostPayloadBytes) continue;
    const { body, isBase64Encoded, payloadBytes } = await content.payload(coding);
    // What is so short fits in any case, and is not counted.
    const mayBeTooLarge = content.bytes * mostTextPerByte + 2 > mostPayloadBytes;
    if (mayBeTooLarge && payloadBytes() > mostPayloadBytes) continue;
    return {
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
        etag: etagFor(content.hash, coding),
        ...shared,
      },
      body,
      isBase64Encoded,
    };
  }
  throw new HttpError(
    413,
    'response_too_large',
    'The whole list does not fit into one answer: ask for pages with ?limit= and ?after=, or accept gzip or br.',
  );
}

/** The header of a list that anybody may keep. */
export function cacheControlHeader({ maxAgeS, staleWhileRevalidateS, staleIfErrorS }: CacheControl) {
  const directives = ['public', `max-age=${maxAgeS}`];
  if (staleWhileRevalidateS > 0) directives.push(`stale-while-revalidate=${staleWhileRevalidateS}`);
  if (staleIfErrorS > 0) directives.push(`stale-if-error=${staleIfErrorS}`);
  return directives.join(', ');
}

/** RFC 9211. */
function cacheStatus(from: Served['from'], stale: boolean) {
  if (stale) return 'offload; hit; ttl=-1; detail=stale';
  return from === 'database' ? 'offload; fwd=miss; detail=database' : `offload; hit; detail=${from}`;
}

export const hashOf = (body: Uint8Array) => createHash('sha256').update(body).digest('base64url');
