import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { LoadedChunk } from './chunk.ts';
import type { Head } from './head.ts';
import { bytesOf, gzipOf, inflate, toStored } from './segment.ts';

/** A snapshot in a container's memory, complete and verified; whoever holds it may go on serving it. */
export interface LoadedSnapshot {
  /** The member of the answer that holds the records. */
  name: string;
  head: Head;
  /** Those that the head names, by hash. */
  chunks: ReadonlyMap<string, LoadedChunk>;
  /** Of the whole answer, in no coding. */
  bytes: number;
  /** The whole answer: `{"topics":[…]}`, UTF-8. Nobody keeps it: it is put together at each call. */
  body(): Buffer;
  /** The body as one coding's payload, made once for all requests. */
  payload(coding: 'identity' | 'gzip' | 'br'): Promise<Payload>;
}

/** A body in the form in which Lambda hands it to API Gateway. */
export interface Payload {
  body: string;
  isBase64Encoded: boolean;
  /** What it takes of the 6 MB that an answer of a function may have, in bytes. */
  payloadBytes(): number;
}

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);
/** About gzip's time for a tenth less; the default, 11, takes fifty times as long. */
const brotliQuality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };

export async function toPayload(body: Buffer, coding: 'identity' | 'gzip' | 'br'): Promise<Payload> {
  if (coding === 'identity') return toTextPayload(body);
  return toBase64Payload(coding === 'gzip' ? await gzip(body) : await brotli(body, brotliQuality));
}

function toTextPayload(bytes: Buffer): Payload {
  const body = bytes.toString();
  const { byteLength } = bytes;
  let payloadBytes: number | undefined;
  return {
    body,
    isBase64Encoded: false,
    // What JSON escapes becomes longer, by as many characters as bytes.
    payloadBytes: () => (payloadBytes ??= byteLength + JSON.stringify(body).length - body.length),
  };
}

function toBase64Payload(bytes: Buffer): Payload {
  const body = bytes.toString('base64');
  return { body, isBase64Encoded: true, payloadBytes: () => body.length };
}

/** @param chunks at least those that the head names, by hash. */
export function toSnapshot(
  name: string,
  head: Head,
  chunks: ReadonlyMap<string, LoadedChunk>,
): LoadedSnapshot {
  const named = head.chunks.map(({ hash }): [string, LoadedChunk] => {
    const chunk = chunks.get(hash);
    if (chunk === undefined) throw new TypeError(`the chunk ${hash} was not loaded`);
    return [hash, chunk];
  });
  const { start, end } = envelope(name);
  const comma = toStored(',');
  const records = named.flatMap(([, { segment }], at) => (at === 0 ? [segment] : [comma, segment]));
  const segments = [toStored(start), ...records, toStored(end)];

  const body = () => inflate(segments);
  const payloads = new Map<string, Promise<Payload>>();
  return {
    name,
    head,
    chunks: new Map(named),
    bytes: bytesOf(segments),
    body,
    payload(coding) {
      const payload =
        payloads.get(coding) ??
        (coding === 'gzip' ? Promise.resolve(toBase64Payload(gzipOf(segments))) : toPayload(body(), coding));
      payloads.set(coding, payload);
      return payload;
    },
  };
}

/** The head and tail of the answer, around the records. */
export const envelope = (name: string) => ({ start: `{${JSON.stringify(name)}:[`, end: ']}' });
