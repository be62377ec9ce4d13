import type { OpenChunk } from './chunk.ts';

/** What leads from some chunks of a table to those that have taken their place. */
export interface Difference {
  /** Records that were added or edited, as JSON. */
  upserts: string[];
  /** Keys of records that are gone, as text. */
  deletes: string[];
}

/**
 * Both in key order, and walked side by side: of the records of a changed chunk nearly all are the same.
 * @param compare the order of the keys
 */
export function differenceOf(
  before: readonly OpenChunk[],
  after: readonly OpenChunk[],
  compare: (a: string, b: string) => number,
): Difference {
  const upserts: string[] = [];
  const deletes: string[] = [];
  const [old, now] = [createCursor(before), createCursor(after)];
  while (old.key !== undefined || now.key !== undefined) {
    const order = orderOf(old.key, now.key, compare);
    if (order < 0 && old.key !== undefined) deletes.push(old.key);
    if (order > 0 || (order === 0 && !now.isSameRecord(old))) upserts.push(now.record().toString());
    if (order <= 0) old.next();
    if (order >= 0) now.next();
  }
  return { upserts, deletes };
}

/** An end comes after every key. */
function orderOf(a: string | undefined, b: string | undefined, compare: (a: string, b: string) => number) {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : compare(a, b);
}

interface Cursor {
  /** Undefined at the end. */
  key: string | undefined;
  /** Where the record is. */
  records: Buffer;
  start: number;
  end: number;
  next(): void;
  record(): Buffer;
  isSameRecord(other: Cursor): boolean;
}

/** A place among the records of chunks, one after the other. */
function createCursor(chunks: readonly OpenChunk[]): Cursor {
  let chunkAt = 0;
  let at = 0;
  const cursor: Cursor = {
    key: undefined,
    records: Buffer.alloc(0),
    start: 0,
    end: 0,
    next() {
      at += 1;
      settle();
    },
    record: () => cursor.records.subarray(cursor.start, cursor.end),
    isSameRecord: (other) =>
      cursor.end - cursor.start === other.end - other.start &&
      cursor.records.compare(other.records, other.start, other.end, cursor.start, cursor.end) === 0,
  };

  function settle() {
    let chunk = chunks[chunkAt];
    while (chunk !== undefined && at >= chunk.keys.length) {
      chunkAt += 1;
      at = 0;
      chunk = chunks[chunkAt];
    }
    cursor.key = chunk?.keys[at];
    if (chunk === undefined) return;
    cursor.records = chunk.records;
    cursor.start = at === 0 ? 0 : (chunk.ends[at - 1] ?? 0) + 1;
    cursor.end = chunk.ends[at] ?? cursor.start;
  }
  settle();
  return cursor;
}
