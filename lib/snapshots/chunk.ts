import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import * as z from 'zod/mini';
import { CodedError } from '../errors.ts';
import { digestOf } from '../topics/row-bytes.ts';
import type { ChunkRef } from './head.ts';

/** One record as it is stored: its primary key as text, and its JSON. */
export interface StoredRecord {
  key: string;
  json: string;
  /** SHA-256 of the row that it was made of. */
  source: Buffer;
}

/** A chunk as a store keeps it: gzip of an index line and the records, under the hash of the text. */
export interface Chunk {
  hash: string;
  body: Uint8Array;
}

/** A chunk as a container holds it. */
export interface LoadedChunk {
  /** The records as UTF-8 JSON, commas between them: a slice of the answer. */
  records: Buffer;
  index: ChunkIndex;
}

/** Where the records of a chunk are: the keys in order, and after how many bytes each record ends. */
const ChunkIndex = z.object({ keys: z.array(z.string()), ends: z.array(z.int()) });
type ChunkIndex = z.output<typeof ChunkIndex>;

/** What came from the store is not what its name says, or is not there: the shared copy needs repair. */
export class ChunkError extends CodedError {
  constructor(hash: string, fault: string, options?: ErrorOptions) {
    super('snapshot_broken', `The chunk ${hash} of the snapshot is ${fault}.`, options);
  }
}

const gzip = promisify(zlib.gzip);
const gunzip = promisify(zlib.gunzip);

/** The chunk's place in the head, and a function that packs it: most chunks of a refresh are stored already. */
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
  const index: ChunkIndex = { keys: records.map(({ key }) => key), ends };
  const text = `${JSON.stringify(index)}\n${records.map(({ json }) => json).join(',')}`;
  const hash = createHash('sha256').update(text).digest('base64url');
  return {
    ref: { hash, source: digestOf(records.map(({ source }) => source)), firstKey: records[0].key, bytes },
    pack: async () => ({ hash, body: await gzip(text) }),
  };
}

/** @throws ChunkError when the text is not the one that the hash was made of. */
export async function unpack({ hash, body }: Chunk): Promise<LoadedChunk> {
  const text = await gunzip(body).catch((cause: unknown) => {
    throw new ChunkError(hash, 'no gzip', { cause });
  });
  if (createHash('sha256').update(text).digest('base64url') !== hash)
    throw new ChunkError(hash, 'not what was stored');
  const newline = text.indexOf('\n');
  const index = ChunkIndex.parse(JSON.parse(text.toString('utf8', 0, newline)));
  return { index, records: text.subarray(newline + 1) };
}
