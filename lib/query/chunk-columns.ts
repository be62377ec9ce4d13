import type { Shelf } from '../reading/bounded-memory.ts';
import type { OpenChunk } from '../snapshots/chunk.ts';
import type { Table } from '../tables/table.ts';
import { upper, type Value } from './compare.ts';
import type { Field } from './field.ts';
import { scanMembers } from './scan.ts';

/** The texts of a column one after the other, to be searched at once. */
export interface Joined {
  /** Each text ends with U+0000, which no text in PostgreSQL holds. */
  text: string;
  /** Where each row's text begins; a NULL is empty, and begins where the next one does. */
  starts: Int32Array;
}

/** Columns of chunks, each made at the first query that needs it, and kept while memory has room. */
export interface ChunkColumns {
  values(hash: string, open: () => OpenChunk, fields: readonly Field[]): readonly (readonly Value[])[];
  joined(hash: string, open: () => OpenChunk, field: Field, options: { folded: boolean }): Joined;
  /** Rows in the order of the fields. @param name of the order */
  order(hash: string, name: string, make: () => Uint32Array): Uint32Array;
}

/** What a value takes of memory, in bytes: a place, and mostly a string or a number on the heap. */
const bytesPerValue = 40;

export function createChunkColumns(
  { columns }: Pick<Table, 'columns'>,
  shelves: { values: Shelf<readonly Value[]>; joined: Shelf<Joined>; orders: Shelf<Uint32Array> },
): ChunkColumns {
  const members = columns.map(({ name }) => name);

  function values(hash: string, open: () => OpenChunk, fields: readonly Field[]) {
    const kept = fields.map(({ name }) => shelves.values.get(`${hash} ${name}`));
    const missing = fields.filter((_, at) => kept[at] === undefined);
    if (missing.length === 0) return kept.map((column) => column ?? []);
    const made = read(open(), missing);
    for (const [name, column] of made) {
      const texts = column.reduce(
        (sum: number, value) => sum + (typeof value === 'string' ? value.length : 0),
        0,
      );
      shelves.values.put(`${hash} ${name}`, column, column.length * bytesPerValue + texts);
    }
    return fields.map(({ name }, at) => kept[at] ?? made.get(name) ?? []);
  }

  function read(chunk: OpenChunk, fields: readonly Field[]): Map<string, Value[]> {
    const byPlace = new Map(
      fields.map((field) => [field.place, { field, column: new Array<Value>(chunk.keys.length).fill(null) }]),
    );
    const places = [...byPlace.keys()].sort((a, b) => a - b);
    scanMembers(chunk, members, places, (row, place, start, end) => {
      const one = byPlace.get(place);
      if (one !== undefined) one.column[row] = one.field.read(chunk.records.toString('utf8', start, end));
    });
    return new Map([...byPlace.values()].map(({ field, column }) => [field.name, column]));
  }

  return {
    values,
    joined(hash, open, field, { folded }) {
      const name = `${hash} ${field.name} ${folded}`;
      const kept = shelves.joined.get(name);
      if (kept !== undefined) return kept;
      const [column = []] = values(hash, open, [field]);
      const starts = new Int32Array(column.length);
      const texts: string[] = [];
      let at = 0;
      for (const [row, value] of column.entries()) {
        starts[row] = at;
        if (value === null) continue;
        const text = folded ? upper(String(value)) : String(value);
        texts.push(text, '\0');
        at += text.length + 1;
      }
      const joined = { text: texts.join(''), starts };
      shelves.joined.put(name, joined, 2 * at + 4 * starts.length);
      return joined;
    },
    order(hash, name, make) {
      const kept = shelves.orders.get(`${hash} ${name}`);
      if (kept !== undefined) return kept;
      const order = make();
      shelves.orders.put(`${hash} ${name}`, order, order.byteLength);
      return order;
    },
  };
}
