import { type ChunkColumns, isTexts, valueAt } from './chunk-columns.ts';
import { compareValues } from './compare.ts';
import type { Comparison, Condition, Known, Range } from './condition.ts';
import type { Field } from './field.ts';
import { rowsInRange, rowsWith } from './texts.ts';

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
    const anywhere = { text: needle, isAtStart: false, isAtEnd: false };
    const found = fields.map((field) => rowsWith(chunk.texts(field, { folded: true }), anywhere));
    rows = common(rows, union(found));
  }
  return rows ?? everyRow(chunk.count);
}

const everyRow = (count: number) => Array.from({ length: count }, (_, row) => row);

/** @param among the rows to test; undefined: all */
function fulfilling(
  chunk: ChunkColumns,
  { field, comparison, negated }: Condition,
  among: readonly number[] | undefined,
): readonly number[] {
  const found = rowsOf(chunk, field, comparison, among);
  return negated ? without(among ?? everyRow(chunk.count), found) : common(among, found);
}

function rowsOf(
  chunk: ChunkColumns,
  field: Field,
  comparison: Comparison,
  among: readonly number[] | undefined,
): readonly number[] {
  if (comparison.by === 'needle') return rowsWith(chunk.texts(field, comparison), comparison);
  const column = chunk.column(field);
  if (comparison.by === 'range') {
    const { from, to } = comparison;
    if (isTexts(column)) return rowsInRange(column, { ...comparison, from: textOf(from), to: textOf(to) });
    const [low, high] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY];
    if (column instanceof Float64Array && typeof low === 'number' && typeof high === 'number')
      return rowsBetween(column, low, high, comparison);
  }
  const test = comparison.by === 'range' ? isIn(comparison) : comparison.test;
  return (among ?? everyRow(chunk.count)).filter((row) => {
    const value = valueAt(column, row);
    return value !== null && test(value);
  });
}

const textOf = (bound: Known | undefined) => (bound === undefined ? undefined : String(bound));

const isIn =
  ({ from, to, isFromIn, isToIn }: Range) =>
  (value: Known) =>
    (from === undefined || compareValues(value, from) >= (isFromIn ? 0 : 1)) &&
    (to === undefined || compareValues(value, to) <= (isToIn ? 0 : -1));

function rowsBetween(
  column: Float64Array,
  low: number,
  high: number,
  { isFromIn, isToIn }: Pick<Range, 'isFromIn' | 'isToIn'>,
): number[] {
  const rows: number[] = [];
  const { length } = column;
  if (low === high && isFromIn && isToIn) {
    const first = column.indexOf(low); // most chunks may have none: the search of the runtime is faster than a loop
    for (let row = first; row !== -1 && row < length; row += 1) if (column[row] === low) rows.push(row);
    return rows;
  }
  for (let row = 0; row < length; row += 1) {
    const value = column[row] ?? Number.NaN;
    if (value >= low && value <= high && (isFromIn || value !== low) && (isToIn || value !== high))
      rows.push(row);
  }
  return rows;
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
