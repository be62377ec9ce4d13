import { createHash } from 'node:crypto';
import type { Head, Version } from '../../lib/snapshots/head.ts';
import { form } from './records.ts';

/** A well-formed head; its chunks need not exist. */
export const headOf = ({ epoch, rank }: Version, chunkHashes: readonly string[] = []): Head => ({
  epoch,
  rank,
  snapshot: `${rank}:${rank}:`,
  etag: createHash('sha256').update(`${epoch}.${rank}`).digest('base64url'),
  form,
  count: chunkHashes.length,
  publishedAtMs: 1_700_000_000_000,
  chunks: chunkHashes.map((hash, at) => ({ hash, source: hash, firstKey: String(at), bytes: 10 })),
});
