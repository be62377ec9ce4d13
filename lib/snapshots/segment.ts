import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { crc32, crc32Of } from './crc32.ts';

/**
 * Content as part of a deflate stream (RFC 1951) that can stand at any position: whole blocks that end on a byte
 * boundary, refer to nothing before them, and do not end the stream. zlib alone cannot join compressed parts.
 */
export interface Segment {
  deflated: Uint8Array;
  /** The size of the content. */
  bytes: number;
  /** CRC-32 of the content. */
  crc32: number;
}

/** Shorter content is deflated synchronously: the thread pool would take longer to start. */
const threadFromBytes = 8 * 1024;

export const deflate = async (content: Uint8Array, options: zlib.ZlibOptions = {}): Promise<Uint8Array> =>
  content.byteLength < threadFromBytes
    ? zlib.deflateRawSync(content, options)
    : promisify(zlib.deflateRaw)(content, options);

// A bundle loads zlib at its first use, because loading takes 2 ms. Constants of a module must not use it.

/** Deflates without ending the stream: the last block is padded to a whole byte. */
const unended = () => ({ finishFlush: zlib.constants.Z_SYNC_FLUSH });

export async function toSegment(content: Uint8Array): Promise<Segment> {
  const deflated = await deflate(content, unended());
  return { deflated, bytes: content.byteLength, crc32: zlib.crc32(content) };
}

/** Inflates the concatenated contents. */
export const inflate = (segments: readonly Segment[]): Buffer =>
  zlib.inflateRawSync(Buffer.concat(segments.map(({ deflated }) => deflated)), {
    ...unended(),
    chunkSize: Math.max(64, 1 + bytesOf(segments)), // in one piece
  });

export const bytesOf = (segments: readonly Segment[]) => segments.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * A stored block, for content that is too short to compress.
 * @throws RangeError for more than 65,535 bytes
 */
export function toStored(text: string): Segment {
  const content = Buffer.from(text);
  const bytes = content.byteLength;
  const header = Buffer.alloc(5);
  header.writeUInt16LE(bytes, 1);
  header.writeUInt16LE(0xffff - bytes, 3);
  return { deflated: Buffer.concat([header, content]), bytes, crc32: crc32(content) };
}

/** No flags, no time, no name; unknown operating system. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty stored block that ends the stream. */
const lastBlock = Buffer.from([1, 0, 0, 0xff, 0xff]);

/** Joins the segments into one gzip member (RFC 1952), without inflating or deflating anything. */
export function gzipOf(segments: readonly Segment[]): Buffer {
  const crc32 = segments.reduce((crc, segment) => crc32Of(crc, segment.crc32, segment.bytes), 0);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32);
  trailer.writeUInt32LE(bytesOf(segments) % 2 ** 32, 4);
  return Buffer.concat([gzipHeader, ...segments.map(({ deflated }) => deflated), lastBlock, trailer]);
}
