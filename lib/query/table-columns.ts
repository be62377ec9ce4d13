import type { BoundedMemory } from '../reading/bounded-memory.ts';
import type { Table } from '../tables/table.ts';
import { type ChunkColumns, columnsOf, type QueryRun } from './chunk-columns.ts';
import type { Condition } from './condition.ts';
import { matchesIn, type SearchTerm } from './matches.ts';
import type { Order } from './order.ts';
import { createShelves } from './shelves.ts';

/** Which records a query selects. */
export interface Filter {
  conditions: readonly Condition[];
  search: readonly SearchTerm[];
  /** Equal for two filters of one table that select the same records. */
  canonical: string;
}

/** The records of a table that a filter selects. */
export interface Matches {
  count: number;
  countIn(index: number): number;
  /** The rows in a chunk, ascending. */
  rowsIn(index: number): Uint32Array;
}

/** What queries have derived from the chunks of a table. */
export interface TableColumns {
  /** The chunks, in key order. */
  runs: readonly QueryRun[];
  chunk(run: QueryRun): ChunkColumns;
  /** Kept: for a new generation only its changed chunks are searched. */
  matches(filter: Filter): Matches;
  /**
   * The indexes of all chunks, that with the first record first; kept.
   * @returns undefined if the order is requested for the first time: to read all of a column costs more than one answer
   */
  sequence(order: Order): Uint32Array | undefined;
}

/** Something that was derived from all chunks of a table: valid for those with these hashes. */
interface OfChunks {
  hashes: readonly string[];
}

interface Found extends OfChunks {
  rows: Uint32Array;
  /** Of each chunk, where its rows begin; then the end of all. */
  starts: Uint32Array;
}

interface Sequence extends OfChunks {
  indexes: Uint32Array;
}

const filterShelf = createShelves<Found>();
const orderShelf = createShelves<Sequence>();

/** @param runs the chunks of one generation, in key order */
export function tableColumnsOf(
  memory: BoundedMemory,
  table: Pick<Table, 'form' | 'columns'>,
  runs: readonly QueryRun[],
): TableColumns {
  const chunk = columnsOf(memory, table);
  const found = filterShelf(memory, table.form);
  const sequences = orderShelf(memory, table.form);

  return {
    runs,
    chunk,
    matches(filter) {
      const known = found.get(filter.canonical);
      if (known !== undefined && isOf(runs, known)) return matchesOf(known);
      const made = find(runs, known, (run) => matchesIn(chunk(run), filter.conditions, filter.search));
      found.put(filter.canonical, made, bytesOf(filter.canonical, made, made.rows, made.starts));
      return matchesOf(made);
    },
    sequence(order) {
      const known = sequences.get(order.name);
      if (known !== undefined && isOf(runs, known)) return known.indexes;
      const made =
        known === undefined
          ? { hashes: [], indexes: new Uint32Array(0) }
          : { hashes: runs.map(({ hash }) => hash), indexes: byFirst(runs.map(chunk), order) };
      sequences.put(order.name, made, bytesOf(order.name, made, made.indexes));
      return known === undefined ? undefined : made.indexes;
    },
  };
}

function isOf(runs: readonly QueryRun[], { hashes }: OfChunks): boolean {
  return hashes.length === runs.length && runs.every(({ hash }, index) => hash === hashes[index]);
}

const matchesOf = ({ rows, starts }: Found): Matches => ({
  count: rows.length,
  countIn: (index) => (starts[index + 1] ?? 0) - (starts[index] ?? 0),
  rowsIn: (index) => rows.subarray(starts[index], starts[index + 1]),
});

/** @param before of an earlier generation, whose chunks need not be searched again */
function find(
  runs: readonly QueryRun[],
  before: Found | undefined,
  matching: (run: QueryRun) => readonly number[],
): Found {
  const known = new Map(before?.hashes.map((hash, index) => [hash, index]));
  const rows: number[] = [];
  const starts = new Uint32Array(runs.length + 1);
  for (const [index, run] of runs.entries()) {
    const at = known.get(run.hash);
    const ofRun =
      before === undefined || at === undefined
        ? matching(run)
        : before.rows.subarray(before.starts[at], before.starts[at + 1]);
    for (const row of ofRun) rows.push(row);
    starts[index + 1] = rows.length;
  }
  return { hashes: runs.map(({ hash }) => hash), rows: Uint32Array.from(rows), starts };
}

function byFirst(chunks: readonly ChunkColumns[], order: Order): Uint32Array {
  const leads = chunks.map(order.leadIn);
  return Uint32Array.from(chunks.keys()).sort((a, b) => {
    const [leadA, leadB] = [leads[a], leads[b]];
    return leadA === undefined || leadB === undefined ? 0 : order.compareLeads(leadA, leadB);
  });
}

/** What an array takes beside its elements, and the element of `hashes`, in bytes. */
const bytesPerArray = 200;
const bytesPerHash = 8;

const bytesOf = (name: string, { hashes }: OfChunks, ...arrays: readonly Uint32Array[]) =>
  2 * name.length +
  bytesPerHash * hashes.length +
  arrays.reduce((sum, { byteLength }) => sum + bytesPerArray + byteLength, bytesPerArray);
