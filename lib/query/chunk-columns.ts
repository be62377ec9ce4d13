import type { BoundedMemory, Shelf } from '../reading/bounded-memory.ts';
import type { LoadedChunk, OpenChunk } from '../snapshots/chunk.ts';
import type { Table } from '../tables/table.ts';
import { upper, type Value } from './compare.ts';
import { type Field, isFlat } from './field.ts';
import { glance } from './glance.ts';
import { rangesOf } from './scan.ts';

/** A chunk of a table, with its name. */
export interface QueryRun {
  hash: string;
  /** The number of records. */
  count: number;
  open(): OpenChunk;
  chunk: Pick<LoadedChunk, 'segment'>;
}

/**
 * The values of a chunk's records. If all are NULL or numbers that a double represents: doubles, with NaN for NULL.
 */
export type Column = readonly Value[] | Float64Array;

export function valueAt(column: Column, row: number): Value {
  const value = column[row] ?? null;
  return column instanceof Float64Array && Number.isNaN(value) ? null : value;
}

/** The texts of a column, concatenated, so that one search covers all. */
export interface Joined {
  /** Each text ends with U+0000, which PostgreSQL's texts cannot contain. */
  text: string;
  /** The start of each row's text; a NULL has no text, and the start of the next row. */
  starts: Int32Array;
}

/** What queries have derived from a chunk; each part is made by the first query that needs it. */
export interface ChunkColumns {
  /** The number of records. */
  count: number;
  columns(fields: readonly Field[]): Column[];
  /** A column for one question: what is not kept is read in the way that is fastest once. */
  glance(field: Field): Column;
  joined(field: Field, options: { folded: boolean }): Joined;
  /** The least and the greatest value of a column, if all are numbers, or all are strings. */
  extent(field: Field): Extent | undefined;
  /**
   * Rows in an order; kept.
   * @param sort makes them where they are not, and is told whether this order was asked for before
   */
  order<T extends Uint32Array | undefined>(
    name: string,
    sort: (asked: { isAgain: boolean }) => T,
  ): Uint32Array | T;
}

export interface Extent {
  least: string | number;
  most: string | number;
}

interface Kept {
  columns: Map<string, Column>;
  extents: Map<string, Extent | undefined>;
  joined: Map<string, Joined>;
  orders: Map<string, Uint32Array | 'asked'>;
  bytes: number;
}

/** The memory of a value in an array: its slot, and usually a string on the heap. */
const bytesPerValue = 32;

/**
 * Caches the data derived from each chunk while memory has room: a new generation parses only the chunks that
 * changed.
 */
const shelves = new WeakMap<BoundedMemory, Shelf<Kept>>();

export function columnsOf(memory: BoundedMemory, table: Pick<Table, 'form' | 'columns'>) {
  const shelf = shelves.get(memory) ?? memory.shelf<Kept>();
  shelves.set(memory, shelf);
  const members = table.columns.map(({ name }) => name);

  return (run: QueryRun): ChunkColumns => {
    const name = `${table.form} ${run.hash}`;
    const kept = shelf.get(name) ?? newKept();
    const grow = (bytes: number) => {
      kept.bytes += bytes;
      shelf.put(name, kept, kept.bytes);
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

    return {
      count: run.count,
      columns,
      glance(field) {
        const column =
          kept.columns.get(field.name) ?? (isFlat(table) ? glance(run, members, field) : undefined);
        return column ?? columns([field])[0] ?? [];
      },
      joined(field, { folded }) {
        const joinedName = `${field.name} ${folded}`;
        const known = kept.joined.get(joinedName);
        if (known !== undefined) return known;
        // The texts one by one are not kept for it.
        const column = kept.columns.get(field.name) ?? readColumns(run, members, [field])[0]?.[1] ?? [];
        const joined = join(column, folded);
        kept.joined.set(joinedName, joined);
        grow(2 * joined.text.length + joined.starts.byteLength);
        return joined;
      },
      extent(field) {
        if (!kept.extents.has(field.name)) {
          kept.extents.set(field.name, extentOf(columns([field])[0] ?? []));
          grow(4 * bytesPerValue);
        }
        return kept.extents.get(field.name);
      },
      order(orderName, sort) {
        const known = kept.orders.get(orderName);
        if (known instanceof Uint32Array) return known;
        const order = sort({ isAgain: known === 'asked' });
        kept.orders.set(orderName, order ?? 'asked');
        grow(order?.byteLength ?? (known === undefined ? bytesPerValue + 2 * orderName.length : 0));
        return order;
      },
    };
  };
}

const newKept = (): Kept => ({
  ...{ columns: new Map(), extents: new Map(), joined: new Map(), orders: new Map() },
  bytes: 0,
});

/** By JavaScript's own comparison. */
function extentOf(column: Column): Extent | undefined {
  const [first] = column;
  if (typeof first !== 'string' && typeof first !== 'number') return undefined;
  let [least, most] = [first, first];
  for (const value of column) {
    if ((typeof value !== 'string' && typeof value !== 'number') || typeof value !== typeof first)
      return undefined;
    if (Number.isNaN(value)) return undefined;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

function bytesOf(column: Column): number {
  if (column instanceof Float64Array) return column.byteLength;
  let characters = 0;
  for (const value of column) if (typeof value === 'string') characters += value.length;
  return column.length * bytesPerValue + 2 * characters;
}

function readColumns(run: QueryRun, members: readonly string[], fields: readonly Field[]) {
  const { records, ends } = run.open();
  const wanted = fields.toSorted((a, b) => a.place - b.place);
  const places = wanted.map(({ place }) => place);
  const ranges = rangesOf({ records, ends }, members, places);
  return wanted.map(({ name, read }, at) => {
    const values: Value[] = [];
    for (let next = 2 * at; next < ranges.length; next += 2 * wanted.length)
      values.push(read(records.toString('utf8', ranges[next], ranges[next + 1])));
    return [name, packed(values)] as const;
  });
}

function packed(values: readonly Value[]): Column {
  const isPlain = values.every(
    (value) => value === null || (typeof value === 'number' && !Number.isNaN(value)),
  );
  return isPlain
    ? Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
    : values;
}

function join(column: Column, folded: boolean): Joined {
  const starts = new Int32Array(column.length);
  const texts: string[] = [];
  let at = 0;
  for (let row = 0; row < column.length; row += 1) {
    starts[row] = at;
    const value = valueAt(column, row);
    if (value === null) continue;
    const text = folded ? upper(String(value)) : String(value);
    texts.push(text);
    at += text.length + 1;
  }
  return { text: texts.length === 0 ? '' : `${texts.join('\0')}\0`, starts };
}
