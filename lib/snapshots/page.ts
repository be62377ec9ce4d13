import type { OpenChunk } from './chunk.ts';
import { envelope } from './snapshot.ts';

/** Records of a table, chunk by chunk in key order. */
export interface OpenRun {
  /** The position of its first record in the table, from 0. */
  at: number;
  open(): OpenChunk;
}

/** Some records of a table in the shape of the whole list: `{"topics":[…]}`. */
export interface Page {
  body: Buffer;
  /** The last record's key, if more records follow. */
  nextAfter: string | undefined;
}

type Compare = (a: string, b: string) => number;

/**
 * The records after a key, in key order. The key need not exist (any more).
 * @param runs consecutive runs that hold all records of the page
 * @param table its name and record count
 */
export function pageAfter(
  runs: readonly OpenRun[],
  { after, limit }: { after: string | undefined; limit: number },
  { name, count, compare }: { name: string; count: number; compare: Compare },
): Page {
  const texts: Buffer[] = [];
  let taken = 0;
  let lastKey: string | undefined;
  let end = count;
  for (const { at, open } of runs) {
    if (taken === limit) break;
    const chunk = open();
    const from = after === undefined || taken > 0 ? 0 : firstAfter(chunk.keys, after, compare);
    const to = Math.min(chunk.keys.length, from + limit - taken);
    if (to === from) continue;
    texts.push(textOf(chunk, from, to));
    taken += to - from;
    lastKey = chunk.keys[to - 1];
    end = at + to;
  }
  return { body: listOf(name, texts), nextAfter: end < count ? lastKey : undefined };
}

/**
 * Records by their position in the table.
 * @param to exclusive
 */
export function pageBetween(
  runs: readonly OpenRun[],
  { from, to }: { from: number; to: number },
  name: string,
): Buffer {
  const texts = runs.flatMap(({ at, open }) => {
    const chunk = open();
    const [first, end] = [Math.max(0, from - at), Math.min(chunk.keys.length, to - at)];
    return end > first ? [textOf(chunk, first, end)] : [];
  });
  return listOf(name, texts);
}

/** The JSON of the record with this key, in PostgreSQL's spelling. */
export function recordOf(runs: readonly OpenRun[], key: string, compare: Compare): Buffer | undefined {
  for (const { open } of runs) {
    const chunk = open();
    const next = firstAfter(chunk.keys, key, compare);
    if (next > 0 && chunk.keys[next - 1] === key) return textOf(chunk, next - 1, next);
  }
  return undefined;
}

/** The index of the first key after `key`. */
function firstAfter(keys: readonly string[], key: string, compare: Compare): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keys[middle] ?? '', key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Consecutive records, with the commas between them. */
const textOf = ({ records, ends }: OpenChunk, from: number, to: number) =>
  records.subarray(from === 0 ? 0 : (ends[from - 1] ?? 0) + 1, ends[to - 1]);

function listOf(name: string, texts: readonly Buffer[]): Buffer {
  const { start, end } = envelope(name);
  const joined = texts.flatMap((text, at) => (at === 0 ? [text] : [Buffer.from(','), text]));
  return Buffer.concat([Buffer.from(start), ...joined, Buffer.from(end)]);
}
