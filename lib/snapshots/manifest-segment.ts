import { createHash } from 'node:crypto';
import * as z from '../parse.ts';
import { BlobError } from './blob-error.ts';
import { type ManifestRef, Sha256 } from './manifest.ts';
import { Tables } from './pointer.ts';

/** A blob that is stored under the SHA-256 of its text. */
export interface TextBlob {
  hash: string;
  body: Uint8Array;
}

const Count = z.int().check(z.nonnegative());
const ChunkFields = z.tuple([Sha256, Sha256, z.string(), Count, Count]);
const SegmentFields = z.tuple([Sha256, z.string(), Count, Count]);
const SegmentText = z.union([
  z.tuple([z.literal(0)], ChunkFields),
  z.tuple([z.int().check(z.positive())], SegmentFields),
]);
type SegmentText = z.output<typeof SegmentText>;

/**
 * A segment holds the refs of a manifest one level below the manifest that names it, as JSON: `[level, ref, ref, …]`,
 * each ref an array of its fields.
 */
export const encodeSegment = (manifest: ManifestRef): TextBlob => toBlob(segmentText(manifest));

/** @throws BlobError if the body's checksum differs from the name. */
export function decodeSegment(hash: string, body: Uint8Array): ManifestRef {
  const text = parse(SegmentText, hash, body);
  if (isOfChunks(text)) {
    const [level, ...fields] = text;
    const refs = fields.map(([hash, source, firstKey, count, bytes]) => ({
      hash,
      source,
      firstKey,
      count,
      bytes,
    }));
    return { level, refs };
  }
  const [level, ...fields] = text;
  return { level, refs: fields.map(([hash, firstKey, count, bytes]) => ({ hash, firstKey, count, bytes })) };
}

const isOfChunks = (text: SegmentText): text is Extract<SegmentText, [0, ...unknown[]]> => text[0] === 0;

function segmentText({ level, refs }: ManifestRef): string {
  const fields = refs.map((ref) =>
    'source' in ref
      ? [ref.hash, ref.source, ref.firstKey, ref.count, ref.bytes]
      : [ref.hash, ref.firstKey, ref.count, ref.bytes],
  );
  return JSON.stringify([level, ...fields]);
}

/** The tables of a pointer that is too small for them: see `Pointer.root`. */
export const encodeRoot = (tables: Tables): TextBlob => toBlob(JSON.stringify(tables));

/** @throws BlobError if the body's checksum differs from the name. */
export const decodeRoot = (hash: string, body: Uint8Array): Tables => parse(Tables, hash, body);

function toBlob(text: string): TextBlob {
  const body = Buffer.from(text);
  return { hash: sha256(body), body };
}

function parse<T>(schema: z.Parser<T>, hash: string, body: Uint8Array): T {
  if (sha256(body) !== hash) throw new BlobError(hash, 'corrupt');
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString()));
  } catch (cause) {
    throw new BlobError(hash, 'of another kind than its reference says', { cause });
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
