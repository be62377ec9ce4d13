import * as z from 'zod/mini';
import type { Query } from '../data-api/data-api.ts';

const Block = z.tuple([z.string(), z.int()]);

/**
 * All bytes of a statement's stream, which `blocksSql` has cut into blocks.
 * @param limits.mostAnswers 1 outside a transaction, because two responses may be of different moments
 * @returns undefined if the stream takes more responses
 */
export async function readStream(
  query: Query,
  sql: string,
  values: Record<string, string>,
  limits: { mostAnswers: number },
): Promise<Buffer | undefined>;
export async function readStream(query: Query, sql: string, values: Record<string, string>): Promise<Buffer>;
export async function readStream(
  query: Query,
  sql: string,
  values: Record<string, string>,
  { mostAnswers } = { mostAnswers: Number.POSITIVE_INFINITY },
): Promise<Buffer | undefined> {
  const blocks: Buffer[] = [];
  for (let answers = 1; ; answers += 1) {
    const rows = await query(Block, sql, { ...values, skip: blocks.length });
    for (const [block] of rows) blocks.push(Buffer.from(block, 'base64'));
    const total = rows[0]?.[1];
    // An empty stream has no blocks; a stream that became shorter has no further ones.
    if (total === undefined || blocks.length >= total) return Buffer.concat(blocks);
    if (answers >= mostAnswers) return undefined;
  }
}

/** The first line of the bytes, and the rest. */
export function lineOf(bytes: Buffer): [line: string, rest: Buffer] {
  const end = bytes.indexOf('\n');
  return [bytes.toString('utf8', 0, end), bytes.subarray(end + 1)];
}
