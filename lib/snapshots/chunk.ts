import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import * as z from '../parse.ts';
import { digestOf } from '../source/row-bytes.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import { BlobError } from './blob-error.ts';
import type { ChunkRef } from './manifest.ts';
import { deflate, inflate, type Segment, toSegment } from './segment.ts';

/**
 * A chunk as it is stored. Its name is the SHA-256 of the records and their index, as text: the same records have the
 * same name with any version of zlib. The body begins with a seal, the SHA-256 of the name and of the rest:
 *
 *     seal (32 bytes) · CRC-32 and bytes of the records, bytes of their segment (4 each, big-endian) · segment · index
 *
 * so that `isSealed` checks a body without inflating it. The index is deflated JSON.
 */
export interface Chunk {
  hash: string;
  body: Uint8Array;
}

/** A chunk in memory. It stays compressed, because gzip of the whole list needs no more. */
export interface LoadedChunk {
  /** The records as UTF-8 JSON with commas between them: a slice of the answer. */
  segment: Segment;
  /** The memory that it takes, compressed. */
  storedBytes: number;
  /** Inflated and parsed on each call; the caller caches it. */
  open(): OpenChunk;
}

/** A chunk whose records can be found by key. */
export interface OpenChunk extends ChunkIndex {
  /** UTF-8 JSON with commas between the records. */
  records: Buffer;
}

/** The keys in order, and the end offset of each record, in bytes. */
const ChunkIndex = z.object({ keys: z.array(z.string()), ends: z.array(z.int()) });
type ChunkIndex = z.output<typeof ChunkIndex>;

const sealBytes = 32;
const headerBytes = sealBytes + 3 * 4;

const sealOf = (hash: string, sealed: Uint8Array) =>
  createHash('sha256').update(hash).update(sealed).digest();

/**
 * The chunk's ref, and a function that packs it: most chunks of a refresh are stored already, and need no packing.
 */
export function toChunk(records: readonly [StoredRecord, ...StoredRecord[]]): {
  ref: ChunkRef;
  pack(): Promise<Chunk>;
} {
  const ends: number[] = [];
  let bytes = -1;
  for (const { json } of records) {
    bytes += 1 + Buffer.byteLength(json);
    ends.push(bytes);
  }
  const keys = records.map(({ key }) => key);
  const index = JSON.stringify({ keys, ends } satisfies ChunkIndex);
  const content = Buffer.alloc(bytes, ',');
  for (const [at, { json }] of records.entries()) content.write(json, 1 + (ends[at - 1] ?? -1));
  const hash = createHash('sha256').update(`${index}\n`).update(content).digest('base64url');
  return {
    ref: {
      hash,
      source: digestOf(records.map(({ source }) => source)),
      firstKey: records[0].key,
      count: records.length,
      bytes,
    },
    pack: async () => ({ hash, body: await seal(hash, content, index) }),
  };
}

async function seal(hash: string, content: Buffer, index: string): Promise<Buffer> {
  const records = await toSegment(content);
  const numbers = Buffer.alloc(headerBytes - sealBytes);
  numbers.writeUInt32BE(records.crc32);
  numbers.writeUInt32BE(records.bytes, 4);
  numbers.writeUInt32BE(records.deflated.byteLength, 8);
  const sealed = Buffer.concat([numbers, records.deflated, await deflate(Buffer.from(index))]);
  return Buffer.concat([sealOf(hash, sealed), sealed]);
}

/** Whether the body's seal matches the name. */
export const isSealed = ({ hash, body }: Chunk) =>
  sealOf(hash, body.subarray(sealBytes)).equals(body.subarray(0, sealBytes));

/** @throws BlobError if the body's seal does not match the name */
export function unpack({ hash, body }: Chunk): LoadedChunk {
  if (!isSealed({ hash, body })) throw new BlobError(hash, 'corrupt');
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const indexAt = headerBytes + bytes.readUInt32BE(sealBytes + 8);
  const segment: Segment = {
    crc32: bytes.readUInt32BE(sealBytes),
    bytes: bytes.readUInt32BE(sealBytes + 4),
    deflated: bytes.subarray(headerBytes, indexAt),
  };
  return {
    segment,
    storedBytes: bytes.byteLength,
    open() {
      const index = inflateRawSync(bytes.subarray(indexAt)).toString();
      return { ...ChunkIndex.parse(JSON.parse(index)), records: inflate([segment]) };
    },
  };
}
