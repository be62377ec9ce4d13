import type { StoredRecord } from './chunk.ts';

/** Sizes of a chunk's records as JSON, in bytes. A chunk is filled to `fill`, and cut when it has grown past `most`. */
export interface ChunkSizes {
  fillBytes: number;
  mostBytes: number;
}

/** Below DynamoDB's 400 KB for an item even where nothing can be compressed; one larger record is a chunk of its own. */
export const defaultChunkSizes: ChunkSizes = { fillBytes: 128 * 1024, mostBytes: 256 * 1024 };

type Run = { records: [StoredRecord, ...StoredRecord[]]; bytes: number };

/**
 * Cuts records into runs where the published snapshot was cut (`firstKeys`), so that a change stays in its chunk:
 * a row that is changed, added or deleted makes at most two new chunks, wherever it is.
 */
export function cut(
  records: readonly StoredRecord[],
  firstKeys: readonly string[],
  { fillBytes, mostBytes }: ChunkSizes,
): Run['records'][] {
  const starts = new Set(firstKeys);
  const runs: Run[] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (run === undefined || starts.has(record.key)) runs.push(runOf(record));
    else add(run, record);
  }
  return join(runs, fillBytes / 2)
    .flatMap((run) => (run.bytes > mostBytes ? split(run, fillBytes) : [run]))
    .map((run) => run.records);
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

/** Into parts of about the same size, each about `fillBytes` at the most. */
function split(run: Run, fillBytes: number): Run[] {
  const partBytes = run.bytes / Math.ceil(run.bytes / fillBytes);
  const parts: Run[] = [];
  let bytes = 0;
  for (const record of run.records) {
    const part = parts.at(-1);
    if (part === undefined || bytes >= partBytes * parts.length) parts.push(runOf(record));
    else add(part, record);
    bytes += sizeOf(record);
  }
  return parts;
}

const runOf = (record: StoredRecord): Run => ({ records: [record], bytes: sizeOf(record) });

function add(run: Run, record: StoredRecord) {
  run.records.push(record);
  run.bytes += sizeOf(record);
}

const sizeOf = ({ json }: StoredRecord) => Buffer.byteLength(json) + 1;
