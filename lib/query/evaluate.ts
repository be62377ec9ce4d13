import type { OpenChunk } from '../snapshots/chunk.ts';
import type { ChunkColumns, Joined } from './chunk-columns.ts';
import { compareNullable, type Value } from './compare.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';

/** A chunk of a table, by its name. */
export interface QueryRun {
  hash: string;
  /** Records. */
  count: number;
  open(): OpenChunk;
}

export interface OrderBy {
  field: Field;
  descending: boolean;
}

/** A word or phrase that one of the fields must contain, whatever the case. */
export interface SearchTerm {
  fields: readonly Field[];
  /** Folded by `upper`. */
  needle: string;
}

/** What is asked of a table. */
export interface Selection {
  conditions: readonly Condition[];
  search: readonly SearchTerm[];
  /** The last one is the key, which no two records share; none: the order of the chunks. */
  orderBy: readonly OrderBy[];
  offset: number;
  limit: number;
  /** The values of the order, of a record that the selection comes after. */
  after?: readonly Value[];
  /** Whether every record that fulfils the conditions is to be counted. */
  count: boolean;
}

export interface Row {
  run: QueryRun;
  row: number;
}

export interface Selected {
  rows: Row[];
  /** Whether there are records after these. */
  more: boolean;
  /** Of all that fulfil the conditions, where it was asked for. */
  count: number | undefined;
}

/** Below this share of the records, those that fulfil the conditions are sorted; above it, orders that are kept are merged. */
const fewShare = 0.05;

export function evaluate(runs: readonly QueryRun[], selection: Selection, columns: ChunkColumns): Selected {
  const { conditions, search, orderBy, offset, limit, after } = selection;
  const everything = conditions.length === 0 && search.length === 0;
  const matches = everything ? undefined : runs.map((run) => matchesIn(run, selection, columns));
  const total = runs.reduce((sum, { count }, at) => sum + (matches?.[at]?.matching ?? count), 0);
  const all = runs.reduce((sum, { count }) => sum + count, 0);
  const order = createOrder(orderBy, columns);

  const wanted = offset + limit + 1;
  const rows: Row[] = [];
  const walk =
    orderBy.length === 0
      ? inChunkOrder(runs, matches)
      : matches !== undefined && total <= all * fewShare
        ? sorted(runs, matches, order)
        : merged(runs, matches, order, after);
  let passed = 0;
  for (const found of walk) {
    if (after !== undefined && order.compareTo(found, after) <= 0) continue;
    passed += 1;
    if (passed > offset) rows.push(found);
    if (passed >= wanted) break;
  }
  const more = rows.length > limit;
  return { rows: rows.slice(0, limit), more, count: selection.count ? total : undefined };
}

interface Matches {
  /** 1 where a record fulfils every condition. */
  of: Uint8Array;
  matching: number;
}

function matchesIn(run: QueryRun, { conditions, search }: Selection, columns: ChunkColumns): Matches {
  const of = new Uint8Array(run.count).fill(1);
  for (const condition of conditions) {
    if (condition.contains !== undefined && !condition.ofNull && condition.contains.needle !== '') {
      const { needle, folded } = condition.contains;
      keep(of, found(run, [condition.field], needle, folded, columns));
      continue;
    }
    const [values = []] = columns.values(run.hash, run.open, [condition.field]);
    for (let row = 0; row < of.length; row += 1) {
      if (of[row] === 0) continue;
      const value = values[row] ?? null;
      if (!(value === null ? condition.ofNull : condition.test(value))) of[row] = 0;
    }
  }
  for (const { fields, needle } of search) keep(of, found(run, fields, needle, true, columns));
  let matching = 0;
  for (const one of of) matching += one;
  return { of, matching };
}

const keep = (of: Uint8Array, others: Uint8Array) => {
  for (let row = 0; row < of.length; row += 1) if (others[row] === 0) of[row] = 0;
};

/** The records of which one of the fields contains the text. */
function found(
  run: QueryRun,
  fields: readonly Field[],
  needle: string,
  folded: boolean,
  columns: ChunkColumns,
) {
  const of = new Uint8Array(run.count);
  for (const field of fields) {
    const joined = columns.joined(run.hash, run.open, field, { folded });
    if (!needle.includes('\0')) findIn(joined, needle, of);
  }
  return of;
}

function findIn({ text, starts }: Joined, needle: string, of: Uint8Array) {
  for (let at = text.indexOf(needle); at !== -1; ) {
    const row = rowAt(starts, at);
    of[row] = 1;
    const next = text.indexOf('\0', at);
    if (next === -1) return;
    at = text.indexOf(needle, next + 1);
  }
}

/** The last row that begins at or before this place. */
function rowAt(starts: Int32Array, place: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low;
}

function* inChunkOrder(runs: readonly QueryRun[], matches: readonly Matches[] | undefined): Generator<Row> {
  for (const [at, run] of runs.entries())
    for (let row = 0; row < run.count; row += 1) if (matches?.[at]?.of[row] !== 0) yield { run, row };
}

type Order = ReturnType<typeof createOrder>;

function createOrder(orderBy: readonly OrderBy[], columns: ChunkColumns) {
  const fields = orderBy.map(({ field }) => field);
  const name = orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`).join(',');
  const columnsOf = ({ hash, open }: QueryRun) => columns.values(hash, open, fields);
  const valuesOf = ({ run, row }: Row): Value[] => columnsOf(run).map((column) => column[row] ?? null);
  const compare = (a: readonly Value[], b: readonly Value[]): number => {
    for (const [at, { descending }] of orderBy.entries()) {
      const by = compareNullable(a[at] ?? null, b[at] ?? null);
      if (by !== 0) return descending ? -by : by;
    }
    return 0;
  };
  return {
    compare,
    valuesOf,
    compareTo: (row: Row, values: readonly Value[]) => compare(valuesOf(row), values),
    /** A chunk's rows in order: kept. */
    rowsOf(run: QueryRun): Uint32Array {
      return columns.order(run.hash, name, () => {
        const values = columnsOf(run);
        const compareRows = (a: number, b: number) => {
          for (const [at, { descending }] of orderBy.entries()) {
            const by = compareNullable(values[at]?.[a] ?? null, values[at]?.[b] ?? null);
            if (by !== 0) return descending ? -by : by;
          }
          return 0;
        };
        return Uint32Array.from({ length: run.count }, (_, row) => row).sort(compareRows);
      });
    },
  };
}

function* sorted(runs: readonly QueryRun[], matches: readonly Matches[], order: Order): Generator<Row> {
  const rows: { found: Row; values: Value[] }[] = [];
  for (const [at, run] of runs.entries()) {
    const { of, matching } = matches[at] ?? { of: new Uint8Array(), matching: 0 };
    if (matching === 0) continue;
    for (let row = 0; row < of.length; row += 1)
      if (of[row] === 1) rows.push({ found: { run, row }, values: order.valuesOf({ run, row }) });
  }
  rows.sort((a, b) => order.compare(a.values, b.values));
  for (const { found } of rows) yield found;
}

/** A chunk's rows in order, from the one that comes next. */
interface Cursor {
  run: QueryRun;
  rows: Uint32Array;
  of: Uint8Array | undefined;
  at: number;
  values: Value[];
}

/** The rows of all chunks in order: a heap of one cursor each. @param after begins after the record of these values */
function* merged(
  runs: readonly QueryRun[],
  matches: readonly Matches[] | undefined,
  order: Order,
  after: readonly Value[] | undefined,
): Generator<Row> {
  const heap: Cursor[] = [];
  const isBefore = (a: Cursor, b: Cursor) => order.compare(a.values, b.values) < 0;
  const advance = (cursor: Cursor): boolean => {
    const { run, rows, of } = cursor;
    while (cursor.at < rows.length && of?.[rows[cursor.at] ?? 0] === 0) cursor.at += 1;
    if (cursor.at >= rows.length) return false;
    cursor.values = order.valuesOf({ run, row: rows[cursor.at] ?? 0 });
    return true;
  };
  for (const [index, run] of runs.entries()) {
    const of = matches?.[index]?.of;
    if (matches?.[index]?.matching === 0) continue;
    const rows = order.rowsOf(run);
    const at = after === undefined ? 0 : firstAfter(run, rows, order, after);
    const cursor: Cursor = { run, rows, of, at, values: [] };
    if (advance(cursor)) push(heap, cursor, isBefore);
  }
  for (;;) {
    const [top] = heap;
    if (top === undefined) return;
    yield { run: top.run, row: top.rows[top.at] ?? 0 };
    top.at += 1;
    if (!advance(top)) {
      const last = heap.pop();
      if (last === undefined || last === top) return;
      heap[0] = last;
    }
    sink(heap, isBefore);
  }
}

function firstAfter(run: QueryRun, rows: Uint32Array, order: Order, after: readonly Value[]): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order.compareTo({ run, row: rows[middle] ?? 0 }, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function push<T>(heap: T[], item: T, isBefore: (a: T, b: T) => boolean) {
  heap.push(item);
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >>> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(item, above)) return;
    heap[at] = above;
    heap[parent] = item;
    at = parent;
  }
}

/** Puts the first item where it belongs. */
function sink<T>(heap: T[], isBefore: (a: T, b: T) => boolean) {
  const [item] = heap;
  if (item === undefined) return;
  for (let at = 0; ; ) {
    const left = 2 * at + 1;
    const [first, second] = [heap[left], heap[left + 1]];
    if (first === undefined) return;
    const child = second !== undefined && isBefore(second, first) ? left + 1 : left;
    const below = heap[child];
    if (below === undefined || !isBefore(below, item)) return;
    heap[at] = below;
    heap[child] = item;
    at = child;
  }
}
