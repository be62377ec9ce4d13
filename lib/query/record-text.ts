import type { OpenChunk } from '../snapshots/chunk.ts';
import { scanMembers } from './scan.ts';

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
  const parts: Buffer[] = [];
  scanMembers({ records: text, ends: [text.byteLength] }, members, wanted, (_, place, from, to) => {
    const name = JSON.stringify(members[place]);
    parts.push(Buffer.from(`${parts.length === 0 ? '{' : ','}${name}:`), text.subarray(from, to));
  });
  return Buffer.concat([...parts, Buffer.from('}')]);
}
