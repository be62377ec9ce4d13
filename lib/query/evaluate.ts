import { type ChunkColumns, type Column, type QueryRun, valueAt } from './chunk-columns.ts';
import { compareNullable, type Value } from './compare.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';
import { createHeap } from './heap.ts';
import { matchesIn, type SearchTerm } from './matches.ts';

export interface OrderBy {
  field: Field;
  descending: boolean;
}

/** What a query selects from a table. */
export interface Selection {
  conditions: readonly Condition[];
  search: readonly SearchTerm[];
  /** The last one is the key, which is unique. */
  orderBy: readonly OrderBy[];
  offset: number;
  /** Undefined: all. */
  limit: number | undefined;
  /** The order's values of the record that precedes the selection. */
  after: readonly Value[] | undefined;
}

export interface Row {
  run: QueryRun;
  row: number;
}

export interface Selected {
  rows: Row[];
  /** Whether more records follow. */
  more: boolean;
  /** The number of records that match, regardless of `after` and `offset`. */
  count: number;
}

/**
 * @param runs the table's chunks, in key order
 * @param options.fewShare up to this share of the records, matching records are compared one by one; above it, cached
 * orders are merged
 */
export function evaluate(
  runs: readonly QueryRun[],
  { conditions, search, orderBy, offset, limit, after }: Selection,
  columnsOf: (run: QueryRun) => ChunkColumns,
  { fewShare = 0.02 }: { fewShare?: number } = {},
): Selected {
  const chunks = runs.map(columnsOf);
  const isAll = conditions.length === 0 && search.length === 0;
  const matches = isAll ? undefined : chunks.map((chunk) => matchesIn(chunk, conditions, search));
  const all = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  const count = matches?.reduce((sum, { length }) => sum + length, 0) ?? all;

  const order = createOrder(orderBy);
  const wanted = limit === undefined ? count + 1 : offset + limit + 1;
  const found: Place[] = [];
  if (order.isOfChunks || matches === undefined || count > all * fewShare)
    for (const place of merged(chunks, matches, order, after)) {
      if (found.length === wanted) break;
      found.push({ index: place.index, columns: place.columns, row: place.row });
    }
  else found.push(...firstOf(chunks, matches, order, after, wanted));

  const end = limit === undefined ? found.length : offset + limit;
  const rows = found.slice(offset, end).flatMap(({ index, row }): Row[] => {
    const run = runs[index];
    return run === undefined ? [] : [{ run, row }];
  });
  return { rows, more: found.length > end, count };
}

/** A record: the order's columns, and its position in them. */
interface Place {
  index: number;
  columns: readonly Column[];
  row: number;
}

type Order = ReturnType<typeof createOrder>;

function createOrder(orderBy: readonly OrderBy[]) {
  const fields = orderBy.map(({ field }) => field);
  const signs = orderBy.map(({ descending }) => (descending ? -1 : 1));

  function compareAt(a: readonly Column[], rowA: number, b: readonly Column[], rowB: number): number {
    for (let at = 0; at < signs.length; at += 1) {
      const by = compareIn(a[at] ?? [], rowA, b[at] ?? [], rowB);
      if (by !== 0) return by * (signs[at] ?? 1);
    }
    return 0;
  }
  return {
    /** From the chunk's columns. */
    isOfChunks: orderBy.length === 1 && orderBy[0]?.descending === false,
    fields,
    compareAt,
    compare: (a: Place, b: Place) => compareAt(a.columns, a.row, b.columns, b.row),
    compareTo({ columns, row }: Place, values: readonly Value[]): number {
      for (const [at, sign] of signs.entries()) {
        const by = compareNullable(valueAt(columns[at] ?? [], row), values[at] ?? null);
        if (by !== 0) return by * sign;
      }
      return 0;
    },
    name: orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`).join(','),
  };
}

function compareIn(a: Column, rowA: number, b: Column, rowB: number): number {
  if (a instanceof Float64Array && b instanceof Float64Array) {
    const [x = 0, y = 0] = [a[rowA], b[rowB]];
    if (x < y) return -1;
    if (x > y) return 1;
    if (x === y) return 0;
    return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : -1; // NULL sorts last
  }
  return compareNullable(valueAt(a, rowA), valueAt(b, rowB));
}

/** A chunk's rows in order, cached. */
function rowsOf(chunk: ChunkColumns, columns: readonly Column[], { name, compareAt }: Order): Uint32Array {
  return chunk.order(name, () =>
    Uint32Array.from({ length: chunk.count }, (_, row) => row).sort((a, b) =>
      compareAt(columns, a, columns, b),
    ),
  );
}

/** The first of the matching records; each is compared with the last one selected so far. */
function firstOf(
  chunks: readonly ChunkColumns[],
  matches: readonly (readonly number[])[],
  order: Order,
  after: readonly Value[] | undefined,
  wanted: number,
): Place[] {
  const heap = createHeap<Place>((a, b) => order.compare(a, b) > 0);
  for (const [index, chunk] of chunks.entries()) {
    const matching = matches[index] ?? [];
    if (matching.length === 0) continue;
    const columns = chunk.columns(order.fields);
    for (const row of matching) {
      const place = { index, columns, row };
      if (after !== undefined && order.compareTo(place, after) <= 0) continue;
      const last = heap.first();
      if (heap.size() < wanted) heap.push(place);
      else if (last !== undefined && order.compare(place, last) < 0) heap.replaceFirst(place);
    }
  }
  const found: Place[] = [];
  for (let place = heap.first(); place !== undefined; place = heap.first()) {
    found.push(place);
    heap.removeFirst();
  }
  return found.reverse();
}

/** A cursor over a chunk's rows in order. */
interface Cursor extends Place {
  /** Undefined: in their stored order. */
  rows: ArrayLike<number> | undefined;
  /** 1 for a row that matches; undefined: all do. */
  of: Uint8Array | undefined;
  at: number;
  /** From the chunk. */
  count: number;
}

/**
 * Iterates over the rows of all chunks in order.
 * @param after starts after the record with these values
 */
function* merged(
  chunks: readonly ChunkColumns[],
  matches: readonly (readonly number[])[] | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Place> {
  function* cursors(): Generator<Cursor> {
    for (const [index, chunk] of chunks.entries()) {
      const matching = matches?.[index];
      if (matching?.length === 0) continue;
      // In key order nothing is compared, except to find the first record.
      const columns = order.isOfChunks && after === undefined ? [] : chunk.columns(order.fields);
      const isSorted = order.isOfChunks;
      const rows = isSorted ? matching : rowsOf(chunk, columns, order);
      const of = isSorted || matching === undefined ? undefined : maskOf(matching, chunk.count);
      const cursor = { index, columns, row: 0, rows, of, at: 0, count: rows?.length ?? chunk.count };
      if (after !== undefined) cursor.at = firstAfter(cursor, order, after);
      if (advance(cursor)) yield cursor;
    }
  }

  if (order.isOfChunks) {
    for (const cursor of cursors())
      do {
        yield cursor;
        cursor.at += 1;
      } while (advance(cursor));
    return;
  }
  const heap = createHeap<Cursor>((a, b) => order.compare(a, b) < 0);
  for (const cursor of cursors()) heap.push(cursor);
  for (let cursor = heap.first(); cursor !== undefined; cursor = heap.first()) {
    yield cursor;
    cursor.at += 1;
    if (advance(cursor)) heap.replaceFirst(cursor);
    else heap.removeFirst();
  }
}

function maskOf(rows: readonly number[], count: number): Uint8Array {
  const mask = new Uint8Array(count);
  for (const row of rows) mask[row] = 1;
  return mask;
}

/**
 * Moves to the next row that matches.
 * @returns whether there is one
 */
function advance(cursor: Cursor): boolean {
  const { rows, of, count } = cursor;
  for (; cursor.at < count; cursor.at += 1) {
    const row = rows === undefined ? cursor.at : (rows[cursor.at] ?? 0);
    if (of !== undefined && of[row] === 0) continue;
    cursor.row = row;
    return true;
  }
  return false;
}

function firstAfter(cursor: Cursor, order: Order, after: readonly Value[]): number {
  const { index, columns, rows, count } = cursor;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows === undefined ? middle : (rows[middle] ?? 0);
    if (order.compareTo({ index, columns, row }, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
