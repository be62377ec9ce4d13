import type { StoredRecord } from '../tables/stored-record.ts';

/**
 * Sizes of a chunk's records as JSON, in bytes. A chunk is filled to `fill`, and cut in two beyond `most`, which is
 * twice as much.
 */
export interface ChunkSizes {
  fillBytes: number;
  mostBytes: number;
}

/**
 * Below DynamoDB's 400 KB per item even if nothing compresses. A record above `mostBytes` is a chunk by itself, and may take
 * several items.
 */
export const defaultChunkSizes: ChunkSizes = { fillBytes: 128 * 1024, mostBytes: 256 * 1024 };

export type ChunkRecords = [StoredRecord, ...StoredRecord[]];
interface Sized {
  record: StoredRecord;
  bytes: number;
}
interface Part {
  rows: Sized[];
  bytes: number;
}

/**
 * Cuts records into chunks as they arrive. A run is the key range of a chunk that changed, or a range without chunks. Its
 * records stay within its bounds, so a changed, added or deleted row makes at most two new chunks, or three if the row alone
 * has `fill` or more. At most three chunks' records and one more record are in memory.
 */
export interface Cutter {
  /** The next records of a run that begins after all earlier records. */
  take(run: number, records: readonly StoredRecord[]): Promise<void>;
  /** Emits what is left: an unchanged chunk, or the end of the table, follows. */
  end(): Promise<void>;
}

/** @param emit takes one chunk's records, in order; awaited before the next call */
export function createCutter(
  { fillBytes, mostBytes }: ChunkSizes,
  emit: (records: ChunkRecords) => Promise<void>,
): Cutter {
  let current: { run: number; part: Part } | undefined;
  /** The last part. It is emitted later, because a small next part may join it. */
  let last: Part | undefined;

  async function pass(part: Part) {
    if (last !== undefined && last.bytes + part.bytes <= fillBytes / 2) {
      last.rows.push(...part.rows);
      last.bytes += part.bytes;
      return;
    }
    await emitLast();
    last = part;
    if (part.bytes > fillBytes / 2) await emitLast(); // no next part can join it, and it can be stored meanwhile
  }

  async function emitLast() {
    const [first, ...rest] = last?.rows ?? [];
    last = undefined;
    if (first !== undefined) await emit([first.record, ...rest.map(({ record }) => record)]);
  }

  async function endRun() {
    const part = current?.part;
    current = undefined;
    if (part === undefined || part.rows.length === 0) return;
    for (const one of split(part, fillBytes, mostBytes)) await pass(one);
  }

  return {
    async take(run, records) {
      if (current?.run !== run) await endRun();
      current ??= { run, part: { rows: [], bytes: 0 } };
      for (const record of records) {
        const { part } = current;
        const sized = { record, bytes: Buffer.byteLength(record.json) + 1 };
        part.rows.push(sized);
        part.bytes += sized.bytes;
        if (part.bytes > fillBytes + mostBytes && part.rows.length > 1) {
          const [first, ...rest] = divide(part, fillBytes);
          if (first === undefined) continue;
          await pass(first);
          current.part = joined(rest);
        }
      }
    },
    async end() {
      await endRun();
      await emitLast();
    },
  };
}

/** Splits into parts of about the same size, from `fillBytes` to `mostBytes`. */
function split(part: Part, fillBytes: number, mostBytes: number): Part[] {
  if (part.bytes <= mostBytes || part.rows.length === 1) return [part];
  const count = Math.max(2, Math.floor(part.bytes / fillBytes));
  return divide(part, part.bytes / count).flatMap((one) => split(one, fillBytes, mostBytes));
}

/** A record belongs to the part that its middle lies in. */
function divide({ rows }: Part, partBytes: number): Part[] {
  const parts: Part[] = [];
  let bytes = 0;
  for (const row of rows) {
    const part = parts.at(-1);
    if (part === undefined || bytes + row.bytes / 2 >= partBytes * parts.length)
      parts.push({ rows: [row], bytes: row.bytes });
    else {
      part.rows.push(row);
      part.bytes += row.bytes;
    }
    bytes += row.bytes;
  }
  return parts;
}

const joined = (parts: readonly Part[]): Part => ({
  rows: parts.flatMap(({ rows }) => rows),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
});
