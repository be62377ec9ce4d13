import { type ChunkColumns, type Column, type Joined, valueAt } from './chunk-columns.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';

/** A word or phrase that one of the fields must contain, regardless of case. */
export interface SearchTerm {
  fields: readonly Field[];
  /** Folded by `upper`. */
  needle: string;
}

/** The rows of a chunk whose records fulfil every condition, ascending. */
export function matchesIn(
  chunk: ChunkColumns,
  conditions: readonly Condition[],
  search: readonly SearchTerm[],
): readonly number[] {
  let rows: readonly number[] | undefined;
  for (const condition of conditions) rows = fulfilling(chunk, condition, rows);
  for (const { fields, needle } of search) {
    const found = fields.map((field) => containing(chunk.joined(field, { folded: true }), needle));
    rows = common(rows, union(found));
  }
  return rows ?? everyRow(chunk.count);
}

const everyRow = (count: number) => Array.from({ length: count }, (_, row) => row);

/** @param among the rows to test; undefined: all */
function fulfilling(
  chunk: ChunkColumns,
  condition: Condition,
  among: readonly number[] | undefined,
): readonly number[] {
  const { field, between, contains, negated } = condition;
  if (contains !== undefined) {
    const found = containing(chunk.joined(field, contains), contains.needle);
    return negated ? without(among ?? everyRow(chunk.count), found) : common(among, found);
  }
  const [column = []] = chunk.columns([field]);
  if (between === undefined || negated || !(column instanceof Float64Array))
    return tested(column, condition, among ?? everyRow(chunk.count));
  return common(among, rowsBetween(column, between));
}

function rowsBetween(
  column: Float64Array,
  { from, to, isFromIn, isToIn }: NonNullable<Condition['between']>,
): number[] {
  const rows: number[] = [];
  const count = column.length;
  if (from === to && isFromIn) {
    for (let row = 0; row < count; row += 1) if (column[row] === from) rows.push(row);
    return rows;
  }
  for (let row = 0; row < count; row += 1) {
    const value = column[row] ?? Number.NaN;
    if (value >= from && value <= to && (isFromIn || value !== from) && (isToIn || value !== to))
      rows.push(row);
  }
  return rows;
}

function tested(column: Column, { test, ofNull, negated }: Condition, among: readonly number[]): number[] {
  return among.filter((row) => {
    const value = valueAt(column, row);
    return (value === null ? ofNull : test(value)) !== negated;
  });
}

/** The rows whose text contains the needle. */
function containing({ text, starts }: Joined, needle: string): number[] {
  const rows: number[] = [];
  if (needle.includes('\0')) return rows;
  for (let at = text.indexOf(needle), row = 0; at !== -1; ) {
    row = rowAt(starts, at, row);
    rows.push(row);
    const next = starts[row + 1] ?? text.length;
    if (next === text.length) break; // also before rows at the end that are NULL
    at = text.indexOf(needle, next);
  }
  return rows;
}

/**
 * The last row that begins at or before this position.
 * @param from a row that does
 */
function rowAt(starts: Int32Array, place: number, from: number): number {
  // The row is usually near: exponential search, then binary search.
  let step = 1;
  while (from + step < starts.length && (starts[from + step] ?? 0) <= place) step *= 2;
  let low = from + (step >>> 1);
  let high = Math.min(from + step, starts.length);
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The intersection of two ascending lists.
 * @param a undefined: all
 */
function common(a: readonly number[] | undefined, b: readonly number[]): readonly number[] {
  return a === undefined ? b : merged(a, b, ({ inA, inB }) => inA && inB);
}

const without = (a: readonly number[], b: readonly number[]) => merged(a, b, ({ inA, inB }) => inA && !inB);

const union = (lists: readonly (readonly number[])[]) => lists.reduce((a, b) => merged(a, b, () => true));

/** Merges two ascending lists; the last argument selects the rows to keep. */
function merged(
  a: readonly number[],
  b: readonly number[],
  isWanted: (row: { inA: boolean; inB: boolean }) => boolean,
): number[] {
  const rows: number[] = [];
  const [onlyA, onlyB, both] = [
    isWanted({ inA: true, inB: false }),
    isWanted({ inA: false, inB: true }),
    isWanted({ inA: true, inB: true }),
  ];
  let [atA, atB] = [0, 0];
  while (atA < a.length || atB < b.length) {
    const [x, y] = [a[atA] ?? Number.POSITIVE_INFINITY, b[atB] ?? Number.POSITIVE_INFINITY];
    if (x === y ? both : x < y ? onlyA : onlyB) rows.push(Math.min(x, y));
    if (x <= y) atA += 1;
    if (y <= x) atB += 1;
  }
  return rows;
}
