import type { OpenChunk } from './chunk.ts';

/** What leads from some chunks of a table to those that have taken their place. */
export interface Difference {
  /** Records that were added or edited, as JSON. */
  upserts: string[];
  /** Keys of records that are gone, as text. */
  deletes: string[];
}

export function differenceOf(before: readonly OpenChunk[], after: readonly OpenChunk[]): Difference {
  const old = new Map<string, Buffer>();
  for (const chunk of before) for (const [key, record] of recordsOf(chunk)) old.set(key, record);
  const upserts: string[] = [];
  for (const chunk of after)
    for (const [key, record] of recordsOf(chunk)) {
      const was = old.get(key);
      if (was === undefined || !was.equals(record)) upserts.push(record.toString());
      old.delete(key);
    }
  return { upserts, deletes: [...old.keys()] };
}

function* recordsOf({ keys, ends, records }: OpenChunk): Generator<[key: string, record: Buffer]> {
  let start = 0;
  for (const [at, key] of keys.entries()) {
    const end = ends[at] ?? start;
    yield [key, records.subarray(start, end)];
    start = end + 1;
  }
}
