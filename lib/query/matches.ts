import { type ChunkColumns, type Column, type Joined, valueAt } from './chunk-columns.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';

/** A word or phrase that one of the fields must contain, whatever the case. */
export interface SearchTerm {
  fields: readonly Field[];
  /** Folded by `upper`. */
  needle: string;
}

/** Which of a chunk's records fulfil every condition. */
export interface Matches {
  /** 1 where a record does. */
  of: Uint8Array;
  matching: number;
}

export function matchesIn(
  chunk: ChunkColumns,
  conditions: readonly Condition[],
  search: readonly SearchTerm[],
): Matches {
  const of = new Uint8Array(chunk.count).fill(1);
  for (const condition of conditions) keep(of, chunk, condition);
  for (const { fields, needle } of search) {
    const found = new Uint8Array(of.length);
    for (const field of fields) findIn(chunk.joined(field, { folded: true }), needle, found);
    for (let row = 0; row < of.length; row += 1) if (found[row] === 0) of[row] = 0;
  }
  let matching = 0;
  for (let row = 0; row < of.length; row += 1) matching += of[row] ?? 0;
  return { of, matching };
}

function keep(of: Uint8Array, chunk: ChunkColumns, condition: Condition) {
  const { field, between, contains, negated } = condition;
  if (contains !== undefined) {
    const found = new Uint8Array(of.length);
    findIn(chunk.joined(field, contains), contains.needle, found);
    const dropped = negated ? 1 : 0;
    for (let row = 0; row < of.length; row += 1) if (found[row] === dropped) of[row] = 0;
    return;
  }
  const [column = []] = chunk.columns([field]);
  if (between !== undefined && column instanceof Float64Array) keepBetween(of, column, between, negated);
  else keepTested(of, column, condition);
}

function keepBetween(
  of: Uint8Array,
  column: Float64Array,
  { from, to, isFromIn, isToIn }: NonNullable<Condition['between']>,
  negated: boolean,
) {
  for (let row = 0; row < of.length; row += 1) {
    const value = column[row] ?? Number.NaN;
    const isIn = value >= from && value <= to && (isFromIn || value !== from) && (isToIn || value !== to);
    if (isIn === negated) of[row] = 0;
  }
}

function keepTested(of: Uint8Array, column: Column, { test, ofNull, negated }: Condition) {
  for (let row = 0; row < of.length; row += 1) {
    if (of[row] === 0) continue;
    const value = valueAt(column, row);
    if ((value === null ? ofNull : test(value)) === negated) of[row] = 0;
  }
}

/** Marks the rows whose text contains the needle. */
function findIn({ text, starts }: Joined, needle: string, found: Uint8Array) {
  if (needle.includes('\0')) return;
  for (let at = text.indexOf(needle), row = 0; at !== -1; ) {
    row = rowAt(starts, at, row);
    found[row] = 1;
    const next = text.indexOf('\0', at);
    if (next === -1) return;
    at = text.indexOf(needle, next + 1);
  }
}

/** The last row that begins at or before this place. @param low a row that does */
function rowAt(starts: Int32Array, place: number, low: number): number {
  let high = starts.length;
  let found = low;
  while (high - found > 1) {
    const middle = (found + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) found = middle;
    else high = middle;
  }
  return found;
}
