import { type ChunkColumns, type Column, compareIn, type QueryRun, valueAt } from './chunk-columns.ts';
import { compareNullable, type Value } from './compare.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';
import { createHeap, type Heap } from './heap.ts';
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

/** A page that ends within so many records is found by comparing, a later one by merging every chunk's order. */
const mostCompared = 1_000;

/** What one page sorts at most, of chunks whose order is asked for again: the time of it is a page's bound. */
const mostSortedRows = 10_000;

/** @param runs the table's chunks, in the order of the key */
export function evaluate(
  runs: readonly QueryRun[],
  { conditions, search, orderBy, offset, limit, after }: Selection,
  columnsOf: (run: QueryRun) => ChunkColumns,
  bounds: { mostCompared: number; mostSortedRows: number } = { mostCompared, mostSortedRows },
): Selected {
  const chunks = runs.map(columnsOf);
  const isAll = conditions.length === 0 && search.length === 0;
  const matches = isAll ? undefined : chunks.map((chunk) => matchesIn(chunk, conditions, search));
  const count = (matches ?? chunks.map((chunk) => ({ length: chunk.count }))).reduce(
    (sum, { length }) => sum + length,
    0,
  );
  if (limit === 0) return { rows: [], more: count > offset, count };

  const order = createOrder(orderBy);
  const wanted = limit === undefined ? count + 1 : offset + limit + 1;
  const places =
    !order.isOfChunks && wanted <= bounds.mostCompared
      ? firstOf(chunks, matches, order, after, { wanted, mostSortedRows: bounds.mostSortedRows })
      : order.isOfChunks
        ? inOrderOfKey(chunks, matches, order, after)
        : merged(chunks, matches, order, after);
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

/** The column of the order's field at this place: read at the first need, since most values differ in the first one. */
type Columns = (at: number) => Column;

/** A record: the columns of the order, and its place in them. */
interface Place {
  index: number;
  columns: Columns;
  row: number;
}

/** A value of the order's first field. */
interface Lead {
  column: Column;
  row: number;
}

type Order = ReturnType<typeof createOrder>;

function createOrder(orderBy: readonly OrderBy[]) {
  const fields = orderBy.map(({ field }) => field);
  const signs = orderBy.map(({ descending }) => (descending ? -1 : 1));
  const [lead] = fields;
  const beforeKey = fields.slice(0, -1);
  const leadSign = signs[0] ?? 1;
  const keySign = signs.at(-1) ?? 1;
  const isOfKey = orderBy.length === 1;

  function compare(a: Place, b: Place): number {
    for (let at = 0; at < beforeKey.length; at += 1) {
      const result = compareIn(beforeKey[at], a.columns(at), a.row, b.columns(at), b.row);
      if (result !== 0) return signs[at] === -1 ? -result : result;
    }
    return keySign * (a.index - b.index || a.row - b.row); // the records are in the order of the key
  }
  /** Whether a value of the first field comes after the bound: most do, and are told so soonest. */
  function isBeyond(column: Column, row: number, bound: Lead | undefined): boolean {
    if (bound === undefined || lead === undefined) return false;
    return leadSign * compareIn(lead, column, row, bound.column, bound.row) > 0;
  }
  return {
    isOfKey,
    /** Whether chunks have this order. */
    isOfChunks: isOfKey && keySign === 1,
    /** What comes first is mostly among the last keys: points in time, numbers that count up. */
    isDown: leadSign === -1,
    fields,
    columnsIn(chunk: ChunkColumns, { isGlance = false } = {}): Columns {
      const known: Column[] = isGlance && lead !== undefined ? [chunk.glance(lead)] : [];
      return (at) => {
        const field = fields[at];
        const column = known[at] ?? (field === undefined ? [] : chunk.column(field));
        known[at] = column;
        return column;
      };
    },
    /** The first field's value of a place; undefined under the key's order, in which places are compared sooner. */
    leadOf: (place: Place | undefined): Lead | undefined =>
      place === undefined || isOfKey ? undefined : { column: place.columns(0), row: place.row },
    /** Whether the first field of every record of a chunk comes after the bound. */
    isBehind(chunk: ChunkColumns, bound: Lead | undefined): boolean {
      if (bound === undefined || lead === undefined) return false;
      const { least, most } = chunk.extent(lead);
      return isBeyond(chunk.column(lead), leadSign === -1 ? most : least, bound);
    },
    isBeyond,
    compare,
    compareTo({ columns, row }: Place, values: readonly Value[]): number {
      for (const [at, sign] of signs.entries()) {
        const result = compareNullable(valueAt(columns(at), row), values[at] ?? null);
        if (result !== 0) return result * sign;
      }
      return 0;
    },
    name: orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`).join(','),
  };
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

/**
 * The first of the records that match, by comparing each with the last of those found. A chunk whose order is kept is left at
 * the first record that is none of them; an order is made when it is asked for again, some chunks at a time.
 */
function firstOf(
  chunks: readonly ChunkColumns[],
  matches: readonly (readonly number[])[] | undefined,
  order: Order,
  after: readonly Value[] | undefined,
  { wanted, mostSortedRows }: { wanted: number; mostSortedRows: number },
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

  let sortable = mostSortedRows;
  for (let step = 0; step < chunks.length; step += 1) {
    const index = order.isDown ? chunks.length - 1 - step : step;
    const [chunk, matching] = [chunks[index], matches?.[index]];
    if (chunk === undefined || matching?.length === 0) continue;
    const isUnsorted = order.isOfKey || (matching !== undefined && matching.length < chunk.count / 4);
    let isFirst = false;
    const rows = isUnsorted
      ? undefined
      : chunk.order(order.name, ({ isAgain }) => {
          isFirst = !isAgain;
          if (!isAgain || sortable < chunk.count) return undefined;
          sortable -= chunk.count;
          return sorted(chunk, order);
        });
    if (rows !== undefined) {
      const cursor = cursorIn(chunk, { index, rows, matching, order });
      if (after !== undefined) cursor.at = firstAfter(cursor, order, after);
      while (advance(cursor) && take(cursor)) cursor.at += 1;
      continue;
    }
    let bound = order.leadOf(last);
    if (isUnsorted && order.isBehind(chunk, bound)) continue;
    const columns = order.columnsIn(chunk, { isGlance: isFirst });
    const lead = order.isOfKey ? [] : columns(0);
    const count = matching?.length ?? chunk.count;
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

/** @param of.rows in order; undefined: as they are */
function cursorIn(
  chunk: ChunkColumns,
  {
    index,
    rows,
    matching,
    order,
  }: { index: number; rows: Uint32Array | undefined; matching: readonly number[] | undefined; order: Order },
): Cursor {
  const of = rows === undefined || matching === undefined ? undefined : maskOf(matching, chunk.count);
  const walked = rows ?? matching;
  const count = walked?.length ?? chunk.count;
  return { index, columns: order.columnsIn(chunk), row: 0, rows: walked, of, at: 0, count };
}

/** The rows of all chunks as they are. @param after begins after the record of these values */
function* inOrderOfKey(
  chunks: readonly ChunkColumns[],
  matches: readonly (readonly number[])[] | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Place> {
  for (const [index, chunk] of chunks.entries()) {
    const matching = matches?.[index];
    if (matching?.length === 0) continue;
    const cursor = cursorIn(chunk, { index, rows: undefined, matching, order });
    if (after !== undefined) cursor.at = firstAfter(cursor, order, after);
    for (; advance(cursor); cursor.at += 1) yield cursor;
  }
}

/** The rows of all chunks in order. @param after begins after the record of these values */
function* merged(
  chunks: readonly ChunkColumns[],
  matches: readonly (readonly number[])[] | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Place> {
  const heap = createHeap<Cursor>((a, b) => order.compare(a, b) < 0);
  for (const [index, chunk] of chunks.entries()) {
    const matching = matches?.[index];
    if (matching?.length === 0) continue;
    const rows = chunk.order(order.name, () => sorted(chunk, order));
    const cursor = cursorIn(chunk, { index, rows, matching, order });
    if (after !== undefined) cursor.at = firstAfter(cursor, order, after);
    if (advance(cursor)) heap.push(cursor);
  }
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
