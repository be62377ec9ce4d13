import type { BoundedMemory } from '../reading/bounded-memory.ts';
import type { LoadedChunk, OpenChunk } from '../snapshots/chunk.ts';
import type { Table } from '../tables/table.ts';
import { compareNullable, upper, type Value } from './compare.ts';
import { type Field, hasTexts, isFlat } from './field.ts';
import { glance } from './glance.ts';
import { rangesOf } from './scan.ts';
import { createShelves } from './shelves.ts';
import { bytesOfTexts, compareRows, folded, type Texts, textAt, toTexts } from './texts.ts';

/** A chunk of a table, with its name. */
export interface QueryRun {
  hash: string;
  /** The number of records. */
  count: number;
  open(): OpenChunk;
  chunk: Pick<LoadedChunk, 'segment'>;
}

/**
 * The values of a chunk's records. Numbers that a double represents are doubles, with NaN for NULL; values that are strings
 * are Texts.
 */
export type Column = readonly Value[] | Float64Array | Texts;

export const isTexts = (column: Column): column is Texts =>
  !(column instanceof Float64Array) && !Array.isArray(column);

export function valueAt(column: Column, row: number): Value {
  if (isTexts(column)) return textAt(column, row);
  const value = column[row] ?? null;
  return column instanceof Float64Array && Number.isNaN(value) ? null : value;
}

/** Compares two values of one field, by PostgreSQL's order: NULL is above all others. */
export function compareIn(
  field: Pick<Field, 'family'> | undefined,
  a: Column,
  rowA: number,
  b: Column,
  rowB: number,
): number {
  if (a instanceof Float64Array && b instanceof Float64Array) {
    const x = a[rowA] ?? 0;
    const y = b[rowB] ?? 0;
    if (x < y) return -1;
    if (x > y) return 1;
    if (x === y) return 0;
    return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : -1;
  }
  if (isTexts(a) && isTexts(b)) return compareRows(a, rowA, b, rowB);
  const [x, y] = [valueAt(a, rowA), valueAt(b, rowB)];
  // Every other family's strings are ASCII, of which JavaScript's own comparison, which is faster, is that of code points.
  if (field?.family !== 'text' && typeof x === 'string' && typeof y === 'string')
    return x < y ? -1 : x > y ? 1 : 0;
  return compareNullable(x, y);
}

/** What queries have derived from a chunk; each part is made by the first query that needs it. */
export interface ChunkColumns {
  /** The number of records. */
  count: number;
  column(field: Field): Column;
  /** Reads several columns at once. */
  columns(fields: readonly Field[]): Column[];
  /** A column for one question: what is not kept is read in the way that is fastest once. */
  glance(field: Field): Column;
  /** A column whose values are strings. @param options.folded by `upper` */
  texts(field: Field, options: { folded: boolean }): Texts;
  /** The rows of the least and of the greatest value of a column. */
  extent(field: Field): Extent;
  /**
   * Rows in an order; kept.
   * @param sort makes them where they are not; undefined: they are not made now
   */
  order<T extends Uint32Array | undefined>(name: string, sort: () => T): Uint32Array | T;
}

export interface Extent {
  least: number;
  most: number;
}

interface Kept {
  columns: Map<string, Column>;
  extents: Map<string, Extent>;
  folded: Map<string, Texts>;
  orders: Map<string, Uint32Array>;
  bytes: number;
}

/** The memory of a value in an array: its slot, and an object on the heap. */
const bytesPerValue = 32;

/**
 * Caches the data derived from each chunk while memory has room, by the records' form: a new generation parses only the
 * chunks that changed.
 */
const shelfOf = createShelves<Kept>();

export function columnsOf(memory: BoundedMemory, table: Pick<Table, 'form' | 'columns'>) {
  const shelf = shelfOf(memory, table.form);
  const members = table.columns.map(({ name }) => name);

  return (run: QueryRun): ChunkColumns => {
    const kept = shelf.get(run.hash) ?? newKept();
    const grow = (bytes: number) => {
      kept.bytes += bytes;
      shelf.put(run.hash, kept, kept.bytes);
    };

    function columns(fields: readonly Field[]): Column[] {
      const missing = fields.filter((field) => !kept.columns.has(field.name));
      if (missing.length > 0) {
        for (const [field, column] of readColumns(run, members, missing)) {
          kept.columns.set(field, column);
          grow(bytesOf(column));
        }
      }
      return fields.map((field) => kept.columns.get(field.name) ?? []);
    }

    const column = (field: Field) => kept.columns.get(field.name) ?? columns([field])[0] ?? [];

    return {
      count: run.count,
      column,
      columns,
      glance(field) {
        const isKept = kept.columns.has(field.name);
        return (!isKept && isFlat(table) ? glance(run, members, field) : undefined) ?? column(field);
      },
      texts(field, options) {
        if (!options.folded) return textsIn(column(field));
        const known = kept.folded.get(field.name);
        if (known !== undefined) return known;
        // The column itself is not kept for it.
        const plain = kept.columns.get(field.name) ?? readColumns(run, members, [field])[0]?.[1];
        const made = folded(textsIn(plain), upper);
        kept.folded.set(field.name, made);
        grow(bytesOfTexts(made));
        return made;
      },
      extent(field) {
        const known = kept.extents.get(field.name);
        if (known !== undefined) return known;
        const extent = extentOf(field, column(field), run.count);
        kept.extents.set(field.name, extent);
        grow(bytesPerValue);
        return extent;
      },
      order(orderName, sort) {
        const known = kept.orders.get(orderName);
        if (known !== undefined) return known;
        const order = sort();
        if (order !== undefined) {
          kept.orders.set(orderName, order);
          grow(order.byteLength);
        }
        return order;
      },
    };
  };
}

const newKept = (): Kept => ({
  ...{ columns: new Map(), extents: new Map(), folded: new Map(), orders: new Map() },
  bytes: 0,
});

function textsIn(column: Column | undefined): Texts {
  if (column === undefined || !isTexts(column)) throw new TypeError('the values of this field are no texts');
  return column;
}

function extentOf(field: Field, column: Column, count: number): Extent {
  let [least, most] = [0, 0];
  for (let row = 1; row < count; row += 1) {
    if (compareIn(field, column, row, column, least) < 0) least = row;
    if (compareIn(field, column, row, column, most) > 0) most = row;
  }
  return { least, most };
}

function bytesOf(column: Column): number {
  if (isTexts(column)) return bytesOfTexts(column);
  return column instanceof Float64Array ? column.byteLength : column.length * bytesPerValue;
}

function readColumns(run: QueryRun, members: readonly string[], fields: readonly Field[]) {
  const { records, ends } = run.open();
  const wanted = fields.toSorted((a, b) => a.place - b.place);
  const places = wanted.map(({ place }) => place);
  const ranges = rangesOf({ records, ends }, members, places);
  return wanted.map((field, nth) => {
    const read = (row: number) => {
      const at = 2 * (row * wanted.length + nth);
      return field.read(records.toString('utf8', ranges[at], ranges[at + 1]));
    };
    return [field.name, packed(field, run.count, read)] as const;
  });
}

function packed(field: Field, count: number, read: (row: number) => Value): Column {
  if (hasTexts(field))
    return toTexts(count, (row) => {
      const value = read(row);
      return value === null ? null : String(value);
    });
  const values = Array.from({ length: count }, (_, row) => read(row));
  const isPlain = values.every(
    (value) => value === null || (typeof value === 'number' && !Number.isNaN(value)),
  );
  return isPlain
    ? Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
    : values;
}
