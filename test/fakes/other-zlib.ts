import { createHash } from 'node:crypto';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { type Chunk, unpack } from '../../lib/snapshots/chunk.ts';

/** The same chunk as another version of zlib packs it: the same hash, other bytes. */
export function packedByAnother(chunk: Chunk): Chunk {
  const { records, ...index } = unpack(chunk).open();
  const finishFlush = constants.Z_SYNC_FLUSH;
  const segment = deflateRawSync(records, { level: 0, finishFlush });
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(crc32(records), 0);
  numbers.writeUInt32BE(records.byteLength, 4);
  numbers.writeUInt32BE(segment.byteLength, 8);
  const sealed = Buffer.concat([numbers, segment, deflateRawSync(JSON.stringify(index), { level: 0 })]);
  const seal = createHash('sha256').update(chunk.hash).update(sealed).digest();
  return { hash: chunk.hash, body: Buffer.concat([seal, sealed]) };
}
