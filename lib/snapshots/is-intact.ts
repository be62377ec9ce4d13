import { createHash } from 'node:crypto';
import { type Chunk, isSealed } from './chunk.ts';

/** Whether a blob's checksum matches its name; for chunks and text blobs. */
export const isIntact = (blob: Chunk) =>
  isSealed(blob) || createHash('sha256').update(blob.body).digest('base64url') === blob.hash;
