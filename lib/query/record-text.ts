import type { OpenChunk } from '../snapshots/chunk.ts';
import { rangesOf } from './scan.ts';

/**
 * The JSON of a record.
 * @param row its position in the chunk
 * @param members their names, in the record's order
 * @param wanted positions of the selected members, ascending; undefined: all
 */
export function recordText(
  { records, ends }: Pick<OpenChunk, 'records' | 'ends'>,
  row: number,
  members: readonly string[],
  wanted: readonly number[] | undefined,
): Buffer {
  const start = row === 0 ? 0 : (ends[row - 1] ?? 0) + 1;
  const text = records.subarray(start, ends[row]);
  if (wanted === undefined) return text;
  const ranges = rangesOf({ records: text, ends: [text.byteLength] }, members, wanted);
  const parts = wanted.flatMap((place, at) => [
    Buffer.from(`${at === 0 ? '{' : ','}${JSON.stringify(members[place])}:`),
    text.subarray(ranges[2 * at], ranges[2 * at + 1]),
  ]);
  return Buffer.concat([...parts, Buffer.from('}')]);
}
