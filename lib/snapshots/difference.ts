import type { OpenChunk } from './chunk.ts';

/** The difference between some chunks of a table and those that replaced them. */
export interface Difference {
  /** Added or edited records, as JSON. */
  upserts: string[];
  /** The keys of deleted records, as text. */
  deletes: string[];
}

/** The compared records of a chunk. */
export interface ChunkPart {
  chunk: OpenChunk;
  /** Their indexes in the chunk, ascending; undefined: all. */
  rows?: readonly number[] | undefined;
}

/** The JSON text by which a record is compared and returned. */
export type RecordText = (chunk: OpenChunk, row: number) => Buffer;

/**
 * Merges both sides in key order: nearly all records of a changed chunk are equal.
 * @param compare the order of the keys
 * @param textOf default: the stored record
 */
export function differenceOf(
  before: readonly ChunkPart[],
  after: readonly ChunkPart[],
  compare: (a: string, b: string) => number,
  textOf?: RecordText,
): Difference {
  const upserts: string[] = [];
  const deletes: string[] = [];
  const [old, now] = [createCursor(before, textOf), createCursor(after, textOf)];
  while (old.key !== undefined || now.key !== undefined) {
    const order = orderOf(old.key, now.key, compare);
    if (order < 0 && old.key !== undefined) deletes.push(old.key);
    if (order > 0 || (order === 0 && !now.isSameRecord(old))) upserts.push(now.record().toString());
    if (order <= 0) old.next();
    if (order >= 0) now.next();
  }
  return { upserts, deletes };
}

/** The end sorts after every key. */
function orderOf(a: string | undefined, b: string | undefined, compare: (a: string, b: string) => number) {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : compare(a, b);
}

interface Cursor {
  /** Undefined at the end. */
  key: string | undefined;
  /** The record's byte range. */
  records: Buffer;
  start: number;
  end: number;
  next(): void;
  record(): Buffer;
  isSameRecord(other: Cursor): boolean;
}

/** A cursor over the records of consecutive chunks. */
function createCursor(parts: readonly ChunkPart[], textOf: RecordText | undefined): Cursor {
  let partAt = 0;
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
    record() {
      const part = parts[partAt];
      if (textOf !== undefined && part !== undefined) return textOf(part.chunk, rowOf(part));
      return cursor.records.subarray(cursor.start, cursor.end);
    },
    isSameRecord: (other) =>
      (cursor.end - cursor.start === other.end - other.start &&
        cursor.records.compare(other.records, other.start, other.end, cursor.start, cursor.end) === 0) ||
      (textOf !== undefined && cursor.record().equals(other.record())),
  };

  const rowOf = ({ rows }: ChunkPart) => (rows === undefined ? at : (rows[at] ?? 0));

  function settle() {
    let part = parts[partAt];
    while (part !== undefined && at >= (part.rows ?? part.chunk.keys).length) {
      partAt += 1;
      at = 0;
      part = parts[partAt];
    }
    if (part === undefined) {
      cursor.key = undefined;
      return;
    }
    const { chunk } = part;
    const row = rowOf(part);
    cursor.key = chunk.keys[row];
    cursor.records = chunk.records;
    cursor.start = row === 0 ? 0 : (chunk.ends[row - 1] ?? 0) + 1;
    cursor.end = chunk.ends[row] ?? cursor.start;
  }
  settle();
  return cursor;
}
