import type { BoundedMemory } from '../reading/bounded-memory.ts';
import type { Table } from '../tables/table.ts';
import { type ChunkColumns, columnsOf, type QueryRun } from './chunk-columns.ts';
import type { Value } from './compare.ts';
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
  /** The number of chunks that have some. */
  chunks: number;
  countIn(index: number): number;
  /** The rows in a chunk, ascending. */
  rowsIn(index: number): Uint32Array;
}

/** What queries have derived from the chunks of a table; for one request. */
export interface TableColumns {
  /** The chunks, in key order. */
  runs: readonly QueryRun[];
  chunk(run: QueryRun): ChunkColumns;
  /**
   * Kept if the filter is requested again, so that filters of one request do not evict what others use. For a new generation
   * only its changed chunks are searched.
   */
  matches(filter: Filter): Matches;
  /**
   * The indexes of all chunks, that with the first record first; kept. For a new generation only its changed chunks are read.
   * @returns undefined if the order is requested for the first time: to read all of a column costs more than one answer
   */
  sequence(order: Order): Uint32Array | undefined;
}

/** Something that was derived from all chunks of a table: valid for those with these hashes. */
interface OfChunks {
  hashes: readonly string[];
}

interface Found extends OfChunks {
  chunks: number;
  rows: Uint32Array;
  /** Of each chunk, where its rows begin; then the end of all. */
  starts: Uint32Array;
}

interface Sequence extends OfChunks {
  /** Of each chunk, the first value of the order's first field. */
  leads: readonly Value[];
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
  const columnsIn = columnsOf(memory, table);
  const chunks = new Map<string, ChunkColumns>();
  const found = filterShelf(memory, table.form);
  const sequences = orderShelf(memory, table.form);

  /** One object per request: memory may keep nothing of it. */
  function chunk(run: QueryRun): ChunkColumns {
    const known = chunks.get(run.hash);
    if (known !== undefined) return known;
    const made = columnsIn(run);
    chunks.set(run.hash, made);
    return made;
  }

  return {
    runs,
    chunk,
    matches(filter) {
      const known = found.get(filter.canonical);
      if (known !== undefined && isOf(runs, known)) return matchesOf(known);
      const made = find(runs, known ?? nothingFound, (run) =>
        matchesIn(chunk(run), filter.conditions, filter.search),
      );
      const kept = known === undefined ? nothingFound : made;
      found.put(filter.canonical, kept, bytesOf(filter.canonical, kept, kept.rows, kept.starts));
      return matchesOf(made);
    },
    sequence(order) {
      const known = sequences.get(order.name);
      if (known !== undefined && isOf(runs, known)) return known.indexes;
      const made = known === undefined ? noSequence : sequenceOf(runs, known, order, chunk);
      const bytes = made.leads.reduce<number>((sum, lead) => sum + bytesOfValue(lead), 0);
      sequences.put(order.name, made, bytes + bytesOf(order.name, made, made.indexes));
      return known === undefined ? undefined : made.indexes;
    },
  };
}

/** What is kept of a filter and of an order that were requested once. */
const nothingFound: Found = { hashes: [], chunks: 0, rows: new Uint32Array(0), starts: new Uint32Array(1) };
const noSequence: Sequence = { hashes: [], leads: [], indexes: new Uint32Array(0) };

function isOf(runs: readonly QueryRun[], { hashes }: OfChunks): boolean {
  return hashes.length === runs.length && runs.every(({ hash }, index) => hash === hashes[index]);
}

const matchesOf = ({ rows, starts, chunks }: Found): Matches => ({
  chunks,
  count: rows.length,
  countIn: (index) => (starts[index + 1] ?? 0) - (starts[index] ?? 0),
  rowsIn: (index) => rows.subarray(starts[index], starts[index + 1]),
});

/** @param before of an earlier generation, whose chunks need not be searched again */
function find(
  runs: readonly QueryRun[],
  before: Found,
  matching: (run: QueryRun) => readonly number[],
): Found {
  const known = new Map(before.hashes.map((hash, index) => [hash, index]));
  const { rowsIn } = matchesOf(before);
  const rows: number[] = [];
  const starts = new Uint32Array(runs.length + 1);
  let chunks = 0;
  for (const [index, run] of runs.entries()) {
    const at = known.get(run.hash);
    const ofRun = at === undefined ? matching(run) : rowsIn(at);
    for (const row of ofRun) rows.push(row);
    if (ofRun.length > 0) chunks += 1;
    starts[index + 1] = rows.length;
  }
  return { hashes: runs.map(({ hash }) => hash), chunks, rows: Uint32Array.from(rows), starts };
}

/** @param before of an earlier generation, whose chunks need not be read again */
function sequenceOf(
  runs: readonly QueryRun[],
  before: Sequence,
  order: Order,
  chunk: (run: QueryRun) => ChunkColumns,
): Sequence {
  const known = new Map(before.hashes.map((hash, index) => [hash, before.leads[index]]));
  const leads = runs.map((run) => {
    const lead = known.get(run.hash);
    return lead === undefined ? order.leadValueIn(chunk(run)) : lead;
  });
  const indexes = Uint32Array.from(runs.keys());
  indexes.sort((a, b) => order.compareLeadValues(leads[a] ?? null, leads[b] ?? null));
  return { hashes: runs.map(({ hash }) => hash), leads, indexes };
}

/** What an array takes beside its elements, and the element of `hashes`, in bytes. */
const bytesPerArray = 200;
const bytesPerHash = 8;
const bytesOfValue = (value: Value) => 32 + (typeof value === 'string' ? 2 * value.length : 0);

const bytesOf = (name: string, { hashes }: OfChunks, ...arrays: readonly Uint32Array[]) =>
  2 * name.length +
  bytesPerHash * hashes.length +
  arrays.reduce((sum, { byteLength }) => sum + bytesPerArray + byteLength, bytesPerArray);
