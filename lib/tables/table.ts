import { hash } from 'node:crypto';
import type * as z from 'zod/mini';
import { kindOf } from './column-kind.ts';
import type { Json } from './json-text.ts';

/** What a record's schema says of one of its columns. */
export interface Column {
  /** The record's key. */
  name: string;
  /** The table's column. */
  column: string;
  /** PostgreSQL types that the schema reads exactly; empty: any. */
  types: readonly string[];
  nullable: boolean;
  /** SQL: the value as text. */
  select: string;
}

/** A record as it came from the database: one text, or NULL, for each column. */
export type RecordSchema<Row extends Record<string, Json> = Record<string, Json>> = z.core.$ZodType<
  Row,
  Record<string, string | null>
>;

/** A table, described by the schema of its records. */
export interface Table<Row extends Record<string, Json> = Record<string, Json>> {
  /** The member of the answer that holds the records: `{"topics":[…]}`. */
  name: string;
  record: RecordSchema<Row>;
  /** In the schema's order, which is the order of the answer's keys. */
  columns: readonly Column[];
  /** The primary key: one column, of an integer, uuid or text type. */
  key: Column & { order: KeyOrder };
  /** The same for two tables where the same rows become the same records. */
  form: string;
}

/** Raised with every change to the JSON form of a text that a column gives: see the test of `form`. */
const formVersion = 1;

/**
 * How a primary key is sorted, in SQL and nowhere else. Text is compared by code points (`COLLATE "C"`), so that
 * neither a database's locale nor an upgrade of its collation library can move, repeat or lose a row between pages.
 */
export interface KeyOrder {
  /** Of a row that the query calls `record`. */
  by: string;
  /** The type that a key's text is cast to. */
  type: 'bigint' | 'uuid' | 'text';
}

/** @throws TypeError for a column whose schema has no kind, and for a key that is not one of the columns or cannot be sorted. */
export function defineTable<Row extends Record<string, Json>>({
  name,
  record,
  key,
}: {
  name: string;
  record: RecordSchema<Row> & { shape: Record<string, z.core.$ZodType> };
  key: keyof Row & string;
}): Table<Row> {
  const columns = Object.entries(record.shape).map(([member, schema]) => {
    const { column = member, types, nullable, select } = kindOf(schema);
    return { name: member, column, types, nullable, select: select(quoteIdentifier(column)) };
  });
  const keyColumn = columns.find((column) => column.name === key);
  if (keyColumn === undefined || keyColumn.nullable)
    throw new TypeError(`the key ${key} is not a column, or may be NULL`);
  const order = keyOrder(keyColumn);
  const members = columns.map(({ name, types, nullable, select }) => [name, types, nullable, select]);
  const form = hash('sha256', JSON.stringify([formVersion, name, members, key, order]), 'base64url');
  return { name, record, columns, key: { ...keyColumn, order }, form };
}

function keyOrder({ column, types }: Column): KeyOrder {
  const quoted = `record.${quoteIdentifier(column)}`; // bare, it might be taken for a name that the query gives
  if (types.includes('bigint')) return { by: quoted, type: 'bigint' };
  if (types.includes('uuid')) return { by: quoted, type: 'uuid' };
  if (types.includes('text')) return { by: `${quoted}::text COLLATE "C"`, type: 'text' };
  throw new TypeError(`a key of type ${types.join(', ')} is not supported: integer, uuid or text`);
}

/** `schema.table`, quoted. */
export const relationSql = (relation: string) => relation.split('.').map(quoteIdentifier).join('.');

export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
