import * as z from 'zod/mini';
import { pgSnapshotPattern } from '../pg-snapshot.ts';
import type { Table } from '../tables/table.ts';
import { attributesSql, columnsSql, relationsSql } from './catalogue-sql.ts';

/** Name, type and NOT NULL, from `columnsSql`. */
export const CatalogueColumns = z.nullable(z.array(z.tuple([z.string(), z.string(), z.boolean()])));
/** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table; null: it does not exist. */
export const RelationKind = z.nullable(z.string());

export const TableHeader = z.object({
  kind: RelationKind,
  /**
   * Whether the storage files of the table, its partitions and its `changedBy` are those of the read's moment.
   * TRUNCATE, and an ALTER TABLE that rewrites, replace the files for all sessions at once: a statement that waited
   * for their lock sees an empty table that never existed.
   */
  current: z.boolean(),
  columns: CatalogueColumns,
});

/** The moment of a read, and the state of its tables. */
export const Header = z.object({
  /** The moment that the statement reads. */
  snapshot: z.string().check(z.regex(pgSnapshotPattern)),
  /** The `pending` transactions that are finished at that moment. */
  settled: z.array(z.string()),
  /** In the order of the statement's tables. */
  tables: z.array(TableHeader),
});
export type Header = z.output<typeof Header>;

/**
 * The transactions that are finished at the moment, as JSON.
 * @param pending SQL: comma-separated ids, or ''
 */
export const settledSql = (pending: string) => `(
  SELECT coalesce(json_agg(xid), '[]') FROM unnest(string_to_array(nullif(${pending}, ''), ',')) AS xid
  WHERE pg_visible_in_snapshot(CAST(xid AS xid8), pg_current_snapshot()))`;

/**
 * The CTEs that `headerSql` needs. The catalogue's tables show the moment, `pg_relation_filenode` shows the present.
 */
export const headerCtes = (
  tables: readonly Table[],
) => `${relationsSql(tables)}, ${attributesSql}, replaced AS MATERIALIZED (
  SELECT DISTINCT nth FROM watched
  WHERE (SELECT relfilenode FROM pg_catalog.pg_class WHERE oid = watched.id)
    IS DISTINCT FROM coalesce(pg_relation_filenode(watched.id), 0)
)`;

/**
 * A header, as one JSON object.
 * @param pending SQL: comma-separated ids, or ''
 */
export const headerSql = (pending: string) => `json_build_object(
  'snapshot', CAST(pg_current_snapshot() AS text),
  'settled', ${settledSql(pending)},
  'tables', (
    SELECT coalesce(json_agg(json_build_object(
      'kind', (SELECT kind FROM relation WHERE relation.nth = listed.nth),
      'current', NOT EXISTS (SELECT FROM replaced WHERE replaced.nth = listed.nth),
      'columns', ${columnsSql('listed.nth')}
    ) ORDER BY nth), '[]') FROM listed WHERE served
  ))`;
