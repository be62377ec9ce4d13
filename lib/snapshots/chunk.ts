import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import * as z from 'zod/mini';
import { digestOf } from '../source/row-bytes.ts';
import type { StoredRecord } from '../tables/stored-record.ts';
import { BlobError } from './blob-error.ts';
import type { ChunkRef } from './manifest.ts';
import { inflate, type Segment, toSegment } from './segment.ts';

/**
 * A chunk as a store keeps it. Its name is the SHA-256 of the records and their index, as text: the same records have the
 * same name, whichever zlib has packed them. The body begins with a seal, the SHA-256 of the name and of all that follows:
 *
 *     seal (32 bytes) · CRC-32 and bytes of the records, bytes of their segment (4 each, big-endian) · segment · index
 *
 * so that a body is known to be whole, and this chunk's, without being inflated. The index is JSON, deflated.
 */
export interface Chunk {
  hash: string;
  body: Uint8Array;
}

/** A chunk as a container holds it: as it is stored, until somebody wants more than gzip of the whole. */
export interface LoadedChunk {
  /** The records as UTF-8 JSON, commas between them: a slice of the answer. */
  segment: Segment;
  /** What it takes of memory, as it is stored. */
  storedBytes: number;
  /** Inflated and parsed at each call: whoever wants it again keeps it. */
  open(): OpenChunk;
}

/** A chunk in whose records single ones can be found. */
export interface OpenChunk extends ChunkIndex {
  /** As UTF-8 JSON, commas between them. */
  records: Buffer;
}

/** One loop: a schema of an array's items took four times as long as all else of opening a chunk. */
const arrayOf = <T>(isItem: (value: unknown) => value is T) =>
  z.custom<T[]>((value) => Array.isArray(value) && value.every(isItem));
const isText = (value: unknown): value is string => typeof value === 'string';
const isEnd = (value: unknown): value is number => Number.isSafeInteger(value);

/** Where the records of a chunk are: the keys in order, and after how many bytes each record ends. */
const ChunkIndex = z.object({ keys: arrayOf(isText), ends: arrayOf(isEnd) });
type ChunkIndex = z.output<typeof ChunkIndex>;

const deflateRaw = promisify(zlib.deflateRaw);

const sealBytes = 32;
const headerBytes = sealBytes + 3 * 4;

const sealOf = (hash: string, sealed: Uint8Array) =>
  createHash('sha256').update(hash).update(sealed).digest();

/** The chunk's place in the manifest, and a function that packs it: most chunks of a refresh are stored already. */
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
  const text = records.map(({ json }) => json).join(',');
  const hash = createHash('sha256').update(`${index}\n${text}`).digest('base64url');
  return {
    ref: {
      hash,
      source: digestOf(records.map(({ source }) => source)),
      firstKey: records[0].key,
      count: records.length,
      bytes,
    },
    pack: async () => ({ hash, body: await seal(hash, text, index) }),
  };
}

async function seal(hash: string, text: string, index: string): Promise<Buffer> {
  const records = await toSegment(Buffer.from(text));
  const numbers = Buffer.alloc(headerBytes - sealBytes);
  numbers.writeUInt32BE(records.crc32);
  numbers.writeUInt32BE(records.bytes, 4);
  numbers.writeUInt32BE(records.deflated.byteLength, 8);
  const sealed = Buffer.concat([numbers, records.deflated, await deflateRaw(index)]);
  return Buffer.concat([sealOf(hash, sealed), sealed]);
}

/** Whether the body is one that was packed under the name. */
export const isSealed = ({ hash, body }: Chunk) =>
  sealOf(hash, body.subarray(sealBytes)).equals(body.subarray(0, sealBytes));

/** @throws BlobError when the body is not one that was packed under the name. */
export function unpack({ hash, body }: Chunk): LoadedChunk {
  if (!isSealed({ hash, body })) throw new BlobError(hash, 'not what was stored');
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
      const index = zlib.inflateRawSync(bytes.subarray(indexAt)).toString();
      return { ...ChunkIndex.parse(JSON.parse(index)), records: inflate([segment]) };
    },
  };
}
