import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { LoadedChunk } from './chunk.ts';
import type { Head } from './head.ts';
import { envelope } from './publish.ts';

/** A snapshot in a container's memory, complete and verified; whoever holds it may go on serving it. */
export interface LoadedSnapshot {
  /** The member of the answer that holds the records. */
  name: string;
  head: Head;
  /** Views of `body`, by hash. */
  chunks: ReadonlyMap<string, LoadedChunk>;
  /** The whole answer: `{"topics":[…]}`, UTF-8. */
  body: Buffer;
  /** The body as one coding's payload, made once for all requests. */
  payload(coding: 'identity' | 'gzip' | 'br'): Promise<Payload>;
}

/** A body in the form in which Lambda hands it to API Gateway. */
export interface Payload {
  body: string;
  isBase64Encoded: boolean;
  /** What it takes of the 6 MB that an answer of a function may have. */
  payloadBytes: number;
}

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);
/** About gzip's time for a tenth less; the default, 11, takes fifty times as long. */
const brotliQuality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };

export async function toPayload(body: Buffer, coding: 'identity' | 'gzip' | 'br'): Promise<Payload> {
  if (coding === 'identity') {
    const text = body.toString();
    return { body: text, isBase64Encoded: false, payloadBytes: Buffer.byteLength(JSON.stringify(text)) };
  }
  const compressed = coding === 'gzip' ? await gzip(body) : await brotli(body, brotliQuality);
  const text = compressed.toString('base64');
  return { body: text, isBase64Encoded: true, payloadBytes: text.length };
}

/** @param chunks at least those that the head names, by hash. */
export function toSnapshot(
  name: string,
  head: Head,
  chunks: ReadonlyMap<string, LoadedChunk>,
): LoadedSnapshot {
  const named = head.chunks.map(({ hash }) => {
    const chunk = chunks.get(hash);
    if (chunk === undefined) throw new TypeError(`the chunk ${hash} was not loaded`);
    return { hash, chunk };
  });
  const { start, end } = envelope(name);
  const parts = named.flatMap(({ chunk }, at) =>
    at === 0 ? [chunk.records] : [Buffer.from(','), chunk.records],
  );
  const body = Buffer.concat([Buffer.from(start), ...parts, Buffer.from(end)]);

  // The chunks become views of the body, so that a large table is in memory once.
  let offset = Buffer.byteLength(start);
  const views = new Map<string, LoadedChunk>();
  for (const { hash, chunk } of named) {
    const { byteLength } = chunk.records;
    views.set(hash, { index: chunk.index, records: body.subarray(offset, offset + byteLength) });
    offset += byteLength + 1;
  }

  const payloads = new Map<string, Promise<Payload>>();
  return {
    name,
    head,
    chunks: views,
    body,
    payload(coding) {
      const payload = payloads.get(coding) ?? toPayload(body, coding);
      payloads.set(coding, payload);
      return payload;
    },
  };
}
