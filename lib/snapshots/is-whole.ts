import { createHash } from 'node:crypto';
import { type Chunk, isSealed } from './chunk.ts';

/** Whether a blob, a chunk or a text, is what its name says. */
export const isWhole = (blob: Chunk) =>
  isSealed(blob) || createHash('sha256').update(blob.body).digest('base64url') === blob.hash;
