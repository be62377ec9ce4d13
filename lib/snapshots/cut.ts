import type { StoredRecord } from '../tables/stored-record.ts';

/**
 * Sizes of a chunk's records as JSON, in bytes. A chunk is filled to `fill`, and cut in two when it has grown past
 * `most`, which is twice as much.
 */
export interface ChunkSizes {
  fillBytes: number;
  mostBytes: number;
}

/**
 * Below DynamoDB's 400 KB for an item even where nothing can be compressed. One larger record is a chunk of its own, and
 * may take several items.
 */
export const defaultChunkSizes: ChunkSizes = { fillBytes: 128 * 1024, mostBytes: 256 * 1024 };

type Records = [StoredRecord, ...StoredRecord[]];
type Run = { records: Records; bytes: number };

/**
 * Cuts records into chunks. Each run of records was a chunk until it changed, or has never been cut; what becomes of it
 * stays in its bounds, so that a row that is changed, added or deleted makes at most two new chunks, wherever it is.
 */
export function cut(
  runs: readonly (readonly StoredRecord[])[],
  { fillBytes, mostBytes }: ChunkSizes,
): Records[] {
  const parts = runs.flatMap((records) =>
    isAny(records) ? split(runOf(records), fillBytes, mostBytes) : [],
  );
  return join(parts, fillBytes / 2).map((run) => run.records);
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
      parts.push(runOf([record]));
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

const isAny = (records: readonly StoredRecord[]): records is Records => records.length > 0;

const runOf = (records: Records): Run => ({
  records: [...records],
  bytes: records.reduce((bytes, record) => bytes + sizeOf(record), 0),
});

function add(run: Run, record: StoredRecord) {
  run.records.push(record);
  run.bytes += sizeOf(record);
}

const sizeOf = ({ json }: StoredRecord) => Buffer.byteLength(json) + 1;
