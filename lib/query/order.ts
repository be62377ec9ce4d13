import { type ChunkColumns, type Column, compareIn, valueAt } from './chunk-columns.ts';
import { compareNullable, type Value } from './compare.ts';
import type { Field } from './field.ts';

export interface OrderBy {
  field: Field;
  descending: boolean;
}

/** The column of the order's field at this place: read at the first need, since most values differ in the first one. */
export type Columns = (at: number) => Column;

/** A record: the columns of the order, and its place in them. */
export interface Place {
  /** The chunk's. */
  index: number;
  columns: Columns;
  row: number;
}

/** A value of the order's first field. */
export interface Lead {
  column: Column;
  row: number;
}

export type Order = ReturnType<typeof createOrder>;

/** @param orderBy its last field is the key, which is unique */
export function createOrder(orderBy: readonly OrderBy[]) {
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
  /** Whether a value of the first field comes after the bound. */
  const isBeyond = (column: Column, row: number, bound: Lead | undefined): boolean =>
    bound !== undefined && leadSign * compareIn(lead, column, row, bound.column, bound.row) > 0;
  /** The first value of the first field in a chunk. */
  function leadIn(chunk: ChunkColumns): Lead {
    if (lead === undefined) throw new TypeError('an order has at least the key');
    const { least, most } = chunk.extent(lead);
    return { column: chunk.column(lead), row: leadSign === -1 ? most : least };
  }
  return {
    isOfKey,
    /** Whether chunks have this order. */
    isOfChunks: isOfKey && keySign === 1,
    /** Whether the first records mostly have the last keys: points in time, numbers that count up. */
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
    leadValueIn(chunk: ChunkColumns): Value {
      const { column, row } = leadIn(chunk);
      return valueAt(column, row);
    },
    compareLeadValues: (a: Value, b: Value): number => leadSign * compareNullable(a, b),
    /** Whether the first field of every record of a chunk comes after the bound. */
    isBehind(chunk: ChunkColumns, bound: Lead | undefined): boolean {
      if (bound === undefined) return false;
      const { column, row } = leadIn(chunk);
      return isBeyond(column, row, bound);
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
