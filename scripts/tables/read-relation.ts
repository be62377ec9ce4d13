import type { Client } from 'pg';
import * as z from 'zod';

/** A column in PostgreSQL's catalogue. */
const CatalogueColumn = z.object({
  name: z.string(),
  /** The base type without schema, length and precision: `integer`, `citext`, `hstore`. For an array, its elements' type. */
  type: z.string(),
  /** `e`: an enum, `c`: a composite type. */
  kind: z.string(),
  isArray: z.boolean(),
  notNull: z.boolean(),
  maxLength: z.nullable(z.number()),
  comment: z.nullable(z.string()),
});
export type CatalogueColumn = z.output<typeof CatalogueColumn>;

const Relation = z.object({ oid: z.number(), isView: z.boolean() });

/** A table or view in PostgreSQL's catalogue. */
export interface CatalogueRelation {
  /** `schema.table` */
  relation: string;
  columns: CatalogueColumn[];
  /** The columns of the primary key; empty without one. */
  primaryKey: string[];
  /** For a view: the tables that it reads, also through other views. Undefined for other relations. */
  sources: string[] | undefined;
}

/** @throws Error with one sentence if the relation does not exist, or the user may not read it */
export async function readRelation(client: Client, relation: string): Promise<CatalogueRelation> {
  const [schema = '', table = ''] = relation.split('.');
  const found = await client.query(
    `SELECT c.oid::integer, c.relkind = 'v' AS "isView", has_any_column_privilege(c.oid, 'SELECT') AS "isReadable"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [schema, table],
  );
  if (found.rows.length === 0) throw new Error(`There is no table or view ${relation} in this database.`);
  const { oid, isView, isReadable } = Relation.extend({ isReadable: z.boolean() }).parse(found.rows[0]);
  if (!isReadable)
    throw new Error(`The user of --database-url may not read ${relation}: GRANT SELECT on it.`);
  const columns = await client.query(columnsSql, [oid]);
  const key = await client.query(
    `SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
     WHERE indrelid = $1 AND indisprimary ORDER BY array_position(indkey::int2[], attnum)`,
    [oid],
  );
  return {
    relation,
    columns: z.array(CatalogueColumn).parse(columns.rows),
    primaryKey: z
      .array(z.object({ attname: z.string() }))
      .parse(key.rows)
      .map(({ attname }) => attname),
    sources: isView ? await readSources(client, oid) : undefined,
  };
}

/** Resolves domains, also nested ones, to their base types. */
const columnsSql = `
  WITH RECURSIVE base AS (
    SELECT a.attnum, a.attname, a.attnotnull, t.oid AS type, a.atttypmod AS modifier, t.typtype, t.typbasetype,
      t.typtypmod, t.typcategory, t.typelem
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT base.attnum, base.attname, base.attnotnull, t.oid, base.typtypmod, t.typtype, t.typbasetype,
      t.typtypmod, t.typcategory, t.typelem
    FROM base JOIN pg_type t ON t.oid = base.typbasetype WHERE base.typtype = 'd'
  ), plain AS (
    SELECT * FROM base WHERE typtype <> 'd'
  ), element AS (
    SELECT attnum, typelem AS type FROM plain WHERE typcategory = 'A'
    UNION ALL
    SELECT attnum, t.typbasetype FROM element JOIN pg_type t ON t.oid = element.type WHERE t.typtype = 'd'
  ), found AS (
    SELECT plain.*, coalesce(
      (SELECT element.type FROM element JOIN pg_type t ON t.oid = element.type
       WHERE element.attnum = plain.attnum AND t.typtype <> 'd'), plain.type) AS shown
    FROM plain
  )
  SELECT attname AS name, found.typcategory = 'A' AS "isArray", attnotnull AS "notNull", t.typtype AS kind,
    CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(t.oid, NULL) ELSE t.typname END AS type,
    CASE WHEN found.type IN ('varchar'::regtype, 'bpchar'::regtype) AND modifier > 4 THEN modifier - 4 END AS "maxLength",
    col_description($1, attnum) AS comment
  FROM found JOIN pg_type t ON t.oid = found.shown ORDER BY attnum`;

async function readSources(client: Client, view: number): Promise<string[]> {
  const { rows } = await client.query(
    `WITH RECURSIVE read(oid) AS (
      SELECT $1::oid
      UNION
      SELECT d.refobjid FROM read
      JOIN pg_rewrite r ON r.ev_class = read.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    )
    SELECT n.nspname || '.' || c.relname AS source FROM read JOIN pg_class c USING (oid)
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') ORDER BY 1`,
    [view],
  );
  return z
    .array(z.object({ source: z.string() }))
    .parse(rows)
    .map(({ source }) => source);
}
