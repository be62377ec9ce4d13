import type { StoredRecord } from './chunk.ts';
import type { ChunkRef } from './head.ts';

/**
 * Sizes of a chunk's records as JSON, in bytes. A chunk is filled to `fill`, and cut in two when it has grown past
 * `most`, which is twice as much.
 */
export interface ChunkSizes {
  fillBytes: number;
  mostBytes: number;
}

/** Below DynamoDB's 400 KB for an item even where nothing can be compressed; one larger record is a chunk of its own. */
export const defaultChunkSizes: ChunkSizes = { fillBytes: 128 * 1024, mostBytes: 256 * 1024 };

type Run = { records: [StoredRecord, ...StoredRecord[]]; bytes: number };

/**
 * Cuts records into runs where the published snapshot was cut, so that a change stays in its chunk: a row that is
 * changed, added or deleted makes at most two new chunks, wherever it is, and no change makes none.
 */
export function cut(
  records: readonly StoredRecord[],
  published: readonly Pick<ChunkRef, 'firstKey' | 'bytes'>[],
  { fillBytes, mostBytes }: ChunkSizes,
): Run['records'][] {
  const starts = new Set(published.map(({ firstKey }) => firstKey));
  const ends = endsBeforeLostStarts(records, published);
  const runs: Run[] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (run === undefined || starts.has(record.key) || run.bytes === ends.get(run.records[0].key))
      runs.push(runOf(record));
    else add(run, record);
  }
  const parts = runs.flatMap((run) => split(run, fillBytes, mostBytes));
  return join(parts, fillBytes / 2).map((run) => run.records);
}

/** By their first keys, how long those chunks were whose successor's first record is gone: they end there still. */
function endsBeforeLostStarts(
  records: readonly StoredRecord[],
  published: readonly Pick<ChunkRef, 'firstKey' | 'bytes'>[],
): Map<string, number> {
  const keys = new Set(records.map(({ key }) => key));
  const ends = new Map<string, number>();
  for (const [at, { firstKey, bytes }] of published.entries()) {
    const next = published[at + 1];
    if (next !== undefined && !keys.has(next.firstKey)) ends.set(firstKey, bytes + 1);
  }
  return ends;
}

/** Into parts of about the same size, each `fillBytes` or up to twice that; as many as it takes for none to be too large. */
function split(run: Run, fillBytes: number, mostBytes: number): Run[] {
  if (run.bytes <= mostBytes || run.records.length === 1) return [run];
  const count = Math.max(2, Math.floor(run.bytes / fillBytes));
  return divide(run, run.bytes / count).flatMap((part) => split(part, fillBytes, mostBytes));
}

/** A record goes to the part that its middle lies in. */
function divide(run: Run, partBytes: number): Run[] {
  const parts: Run[] = [];
  let bytes = 0;
  for (const record of run.records) {
    const part = parts.at(-1);
    if (part === undefined || bytes + sizeOf(record) / 2 >= partBytes * parts.length)
      parts.push(runOf(record));
    else add(part, record);
    bytes += sizeOf(record);
  }
  return parts;
}

/** Neighbours that have shrunk become one. */
function join(runs: readonly Run[], mostBytes: number): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last !== undefined && last.bytes + run.bytes <= mostBytes) {
      last.records.push(...run.records);
      last.bytes += run.bytes;
    } else joined.push(run);
  }
  return joined;
}

const runOf = (record: StoredRecord): Run => ({ records: [record], bytes: sizeOf(record) });

function add(run: Run, record: StoredRecord) {
  run.records.push(record);
  run.bytes += sizeOf(record);
}

const sizeOf = ({ json }: StoredRecord) => Buffer.byteLength(json) + 1;
