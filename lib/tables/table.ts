import type { ColumnDefinition, ColumnKind, ColumnOptions, ValueForm } from './column.ts';
import type { Json } from './json-text.ts';

/** A column of a table: how it is read, and how its values are written. */
export interface Column extends Omit<ColumnOptions, 'column' | 'nullable'> {
  /** The record's member. */
  name: string;
  /** The table's column. */
  column: string;
  kind: ColumnKind;
  /** PostgreSQL types that are read exactly, as in ColumnDefinition. */
  types: readonly string[];
  nullable: boolean;
  /** SQL: the value as text. */
  select: string;
  /**
   * Turns the text into JSON.
   * @throws ColumnError, whose message shows no content
   */
  toJson(text: string): Json;
  /** The elements of an array, or the bounds of a range. */
  element?: ColumnDefinition;
}

/**
 * The order of a primary key, which SQL alone decides. Text is compared by code points (`COLLATE "C"`), so that
 * neither the database's locale nor an upgrade of its collation library can move, repeat or lose a row between pages.
 */
export interface KeyOrder {
  /** Needs a row that the query calls `record`. */
  by: string;
  /** The type that a key's text is cast to. */
  type: 'bigint' | 'uuid' | 'text';
}

/** The content of a table's file. */
export interface TableDefinition extends Partial<ValueForm> {
  /** The path, and the member of the answer that holds the records. */
  name: string;
  /** `schema.table`, of a table or a view. */
  relation: string;
  /** The member that is the primary key. */
  key: string;
  /** By the record's member, in the order of the answer. */
  columns: Readonly<Record<string, ColumnDefinition>>;
  /** An SQL predicate over the relation's columns: only rows that fulfil it are served. */
  where?: string;
  /**
   * The tables, as `schema.table`, whose changes change this one. Default: the relation itself. A view lists its
   * tables.
   */
  changedBy?: readonly string[];
  /** The largest share of its rows that one refresh may remove, 0 to 1. Default 1: any. */
  mayLose?: number;
  /** `drf`: lists are `{"count","next","previous","results"}`. */
  envelope?: 'drf';
  /** Members that may be filtered by. Default: all but arrays, JSON, hstore, ranges, bytes and `other`. */
  filterFields?: readonly string[];
  /** Members that may be ordered by. Default: as `filterFields`. */
  orderingFields?: readonly string[];
  /** Members that `search=` looks into. Default: all text columns. */
  searchFields?: readonly string[];
  /** The default order: members, `-` before a descending one. Default: the key. */
  ordering?: readonly string[];
  /** The default page size. Default: the whole list; 100 with `envelope: 'drf'`. */
  pageSize?: number;
  /** The largest page size that a request may ask for, at most 10000. Default 1000. */
  maxPageSize?: number;
  /** Whether an unknown query parameter is an error. Default: true, but false with `envelope: 'drf'`. */
  strict?: boolean;
}

/** A served table, as its file in `tables/` defines it, with all defaults filled in. */
export interface Table extends ValueForm {
  /** The path, and the member of the answer that holds the records: `{"topics":[…]}`. */
  name: string;
  /** `schema.table`, of a table or a view. */
  relation: string;
  /** In the order of the record's members. */
  columns: readonly Column[];
  /** One column, of an integer, uuid or text type. */
  key: Column & { order: KeyOrder };
  /** SHA-256: equal for two tables if the same rows become the same records. */
  form: string;
  where?: string;
  changedBy: readonly string[];
  mayLose: number;
  envelope?: 'drf';
  filterFields: readonly string[];
  orderingFields: readonly string[];
  searchFields: readonly string[];
  ordering: readonly string[];
  pageSize?: number;
  maxPageSize: number;
  strict: boolean;
}

/** `schema.table`, quoted. */
export const relationSql = (relation: string) => relation.split('.').map(quoteIdentifier).join('.');

export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
