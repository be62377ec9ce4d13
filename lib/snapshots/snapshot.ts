import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { LoadedChunk } from './chunk.ts';
import type { Head } from './head.ts';
import { envelope } from './publish.ts';

/** Content codings that an answer can have, the wanted one first where a client wants several equally. */
export const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

/** A snapshot in a container's memory, complete and verified; whoever holds it may go on serving it. */
export interface LoadedSnapshot {
  head: Head;
  chunks: ReadonlyMap<string, LoadedChunk>;
  /** The whole answer: `{"topics":[…]}`, UTF-8. */
  body: Buffer;
  /** The same body compressed, once for all requests. */
  encoded(coding: Coding): Promise<Buffer>;
}

const compress: Record<Coding, (body: Buffer) => Promise<Buffer>> = {
  gzip: promisify(zlib.gzip),
  // Quality 5 is about gzip's time for a tenth less; the default, 11, takes fifty times as long.
  br: (body) =>
    promisify(zlib.brotliCompress)(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

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

  const encodings = new Map<Coding, Promise<Buffer>>();
  return {
    head,
    chunks: views,
    body,
    encoded(coding) {
      const encoding = encodings.get(coding) ?? compress[coding](body);
      encodings.set(coding, encoding);
      return encoding;
    },
  };
}
