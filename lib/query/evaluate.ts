import type { ChunkColumns, QueryRun } from './chunk-columns.ts';
import type { Value } from './compare.ts';
import { createHeap, type Heap } from './heap.ts';
import { createOrder, type Order, type OrderBy, type Place } from './order.ts';
import type { Filter, Matches, TableColumns } from './table-columns.ts';

/** What a query selects from a table. */
export interface Selection {
  /** Undefined: all records. */
  filter: Filter | undefined;
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

/** A page that ends within so many records is found by comparing, a later one by merging every chunk's order. */
const mostCompared = 1_000;

/** What one page sorts at most, of chunks whose order is asked for again: the time of it is a page's bound. */
const mostSortedRows = 10_000;

export function evaluate(
  table: TableColumns,
  { filter, orderBy, offset, limit, after }: Selection,
  bounds: { mostCompared: number; mostSortedRows: number } = { mostCompared, mostSortedRows },
): Selected {
  const { runs } = table;
  const matches = filter && table.matches(filter);
  const count = matches?.count ?? runs.reduce((sum, run) => sum + run.count, 0);
  if (limit === 0 || count === 0) return { rows: [], more: count > offset, count };

  const order = createOrder(orderBy);
  const wanted = limit === undefined ? count + 1 : offset + limit + 1;
  const places =
    !order.isOfChunks && wanted <= bounds.mostCompared
      ? firstOf(table, matches, order, after, { wanted, count, mostSortedRows: bounds.mostSortedRows })
      : order.isOfChunks
        ? inOrderOfKey(table, matches, order, after)
        : merged(table, matches, order, after);
  const rows: Row[] = [];
  let passed = 0;
  for (const { index, row } of places) {
    const run = runs[index];
    if (passed === wanted || run === undefined) break;
    if (passed >= offset) rows.push({ run, row });
    passed += 1;
  }
  const more = limit !== undefined && rows.length > limit;
  return { rows: rows.slice(0, limit), more, count };
}

function sorted(chunk: ChunkColumns, { fields, columnsIn, compare }: Order): Uint32Array {
  chunk.columns(fields.slice(0, -1)); // read at once
  const columns = columnsIn(chunk);
  const a = { index: 0, columns, row: 0 };
  const b = { index: 0, columns, row: 0 };
  return Uint32Array.from({ length: chunk.count }, (_, row) => row).sort((rowA, rowB) => {
    a.row = rowA;
    b.row = rowB;
    return compare(a, b);
  });
}

/** What matches in fewer of the chunks is compared without the sequence, for which a column of every chunk is read. */
const leastShareOfChunks = 0.25;

/**
 * The first of the records that match, by comparing each with the last of those found. If many chunks have matches, they are
 * visited in the sequence of their first records, until one that comes after all of those found. A chunk whose order is kept
 * is left at the first record that is none of them; a page makes the order of some chunks.
 */
function firstOf(
  table: TableColumns,
  matches: Matches | undefined,
  order: Order,
  after: readonly Value[] | undefined,
  { wanted, count: total, mostSortedRows }: { wanted: number; count: number; mostSortedRows: number },
): Place[] {
  const heap = createHeap<Place>((a, b) => order.compare(a, b) > 0);
  let last: Place | undefined;
  /** @returns whether the record is one of the first so far */
  function take(place: Place): boolean {
    if (last !== undefined && order.compare(place, last) >= 0) return false;
    const { index, columns, row } = place;
    const taken = { index, columns, row };
    if (last === undefined) heap.push(taken);
    else heap.replaceFirst(taken);
    last = heap.size() < wanted ? undefined : heap.first();
    return true;
  }

  const { runs } = table;
  const isSequenced =
    !order.isOfKey &&
    wanted <= total &&
    (matches === undefined || matches.chunks >= leastShareOfChunks * runs.length);
  const sequence = isSequenced ? table.sequence(order) : undefined;
  const isFirst = isSequenced && sequence === undefined;
  let sortable = sequence === undefined ? 0 : mostSortedRows;
  for (let step = 0; step < runs.length; step += 1) {
    const index = sequence?.[step] ?? (order.isDown ? runs.length - 1 - step : step);
    const run = runs[index];
    const count = matches?.countIn(index) ?? run?.count ?? 0;
    if (run === undefined || count === 0) continue;
    const chunk = table.chunk(run);
    if (!isFirst && order.isBehind(chunk, order.leadOf(last))) {
      if (sequence !== undefined) break;
      continue;
    }
    const matching = matches?.rowsIn(index);
    const isUnsorted = order.isOfKey || count < chunk.count / 4;
    const rows = isUnsorted
      ? undefined
      : chunk.order(order.name, () => {
          if (sortable < chunk.count) return undefined;
          sortable -= chunk.count;
          return sorted(chunk, order);
        });
    if (rows !== undefined) {
      const cursor = cursorIn(chunk, { index, rows, matching, order, after });
      while (advance(cursor) && take(cursor)) cursor.at += 1;
      continue;
    }
    let bound = order.leadOf(last);
    const columns = order.columnsIn(chunk, { isGlance: isFirst && !isUnsorted });
    const lead = order.isOfKey ? [] : columns(0);
    for (let nth = 0; nth < count; nth += 1) {
      const at = order.isDown ? count - 1 - nth : nth;
      const row = matching === undefined ? at : (matching[at] ?? 0);
      if (order.isBeyond(lead, row, bound)) continue;
      const place = { index, columns, row };
      if (after !== undefined && order.compareTo(place, after) <= 0) continue;
      if (take(place)) bound = order.leadOf(last);
      else if (order.isOfKey) return inOrder(heap);
    }
  }
  return inOrder(heap);
}

/** @param heap of the places found, the last one first */
function inOrder(heap: Heap<Place>): Place[] {
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
 * @param of.rows in order; undefined: as they are
 * @param of.after begins after the record of these values
 */
function cursorIn(
  chunk: ChunkColumns,
  {
    index,
    rows,
    matching,
    order,
    after,
  }: {
    index: number;
    rows: Uint32Array | undefined;
    matching: Uint32Array | undefined;
    order: Order;
    after: readonly Value[] | undefined;
  },
): Cursor {
  const of = rows === undefined || matching === undefined ? undefined : maskOf(matching, chunk.count);
  const walked = rows ?? matching;
  const count = walked?.length ?? chunk.count;
  const cursor = { index, columns: order.columnsIn(chunk), row: 0, rows: walked, of, at: 0, count };
  if (after !== undefined) cursor.at = firstAfter(cursor, order, after);
  return cursor;
}

/** The rows of all chunks as they are. @param after begins after the record of these values */
function* inOrderOfKey(
  table: TableColumns,
  matches: Matches | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Place> {
  for (const [index, run] of table.runs.entries()) {
    const matching = matches?.rowsIn(index);
    if (matching?.length === 0) continue;
    const chunk = table.chunk(run);
    const cursor = cursorIn(chunk, { index, rows: undefined, matching, order, after });
    for (; advance(cursor); cursor.at += 1) yield cursor;
  }
}

/** The rows of all chunks in order. @param after begins after the record of these values */
function* merged(
  table: TableColumns,
  matches: Matches | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Place> {
  const heap = createHeap<Cursor>((a, b) => order.compare(a, b) < 0);
  for (const [index, run] of table.runs.entries()) {
    const matching = matches?.rowsIn(index);
    if (matching?.length === 0) continue;
    const chunk = table.chunk(run);
    const rows = chunk.order(order.name, () => sorted(chunk, order));
    const cursor = cursorIn(chunk, { index, rows, matching, order, after });
    if (advance(cursor)) heap.push(cursor);
  }
  for (let cursor = heap.first(); cursor !== undefined; cursor = heap.first()) {
    yield cursor;
    cursor.at += 1;
    if (advance(cursor)) heap.replaceFirst(cursor);
    else heap.removeFirst();
  }
}

function maskOf(rows: Uint32Array, count: number): Uint8Array {
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
