import type { Table } from '../tables/table.ts';

/**
 * CTEs of a `WITH RECURSIVE` statement that read the catalogue. They compare names with names: `to_regclass` raises
 * if the role has no right to the schema, and the output of `format_type` and `regclass` depends on settings
 * (`search_path`, `quote_all_identifiers`).
 *
 * - `relation (nth, id, kind)`: the relation of each table, counted from 0, if it exists.
 * - `watched (nth, id)`: the same, its `changedBy`, and all partitions and children of these.
 */
export function relationsSql(tables: readonly Table[]): string {
  const listed = tables.flatMap(({ relation, changedBy }, nth) =>
    [relation, ...changedBy.filter((name) => name !== relation)].map(
      (name, at) => `(${nth}, ${at === 0}, ${namesSql(name).join(', ')})`,
    ),
  );
  const none = `(-1, false, NULL, NULL)`; // VALUES needs at least one row
  return `
listed (nth, served, schema, name) AS (VALUES ${[...listed, none].join(', ')}),
found AS MATERIALIZED (
  SELECT nth, served, pg_class.oid AS id, relkind AS kind
  FROM listed
  JOIN pg_catalog.pg_namespace ON nspname = CAST(listed.schema AS name)
  JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid AND relname = CAST(listed.name AS name)
), relation AS MATERIALIZED (
  SELECT nth, id, kind FROM found WHERE served
), watched (nth, id) AS (
  SELECT nth, id FROM found
  UNION
  SELECT nth, inhrelid FROM watched JOIN pg_catalog.pg_inherits ON inhparent = id
)`;
}

/**
 * The columns of `relation`, as the CTEs `attribute` and `type`. The name of a type follows from its identity: a
 * domain, at any depth, has its base type's name; a built-in type its internal name; `citext` and `hstore` are the
 * extension's types in any schema; any other type has its schema before its name.
 * @see columnsSql for the resulting list
 */
export const attributesSql = `
attribute AS MATERIALIZED (
  SELECT nth, attnum, attname, atttypid, attnotnull
  FROM relation JOIN pg_catalog.pg_attribute ON attrelid = id AND attnum > 0 AND NOT attisdropped
), resolved (id, depth, base, brackets, required) AS (
  SELECT DISTINCT atttypid, 0, atttypid, '', false FROM attribute
  UNION ALL
  SELECT id, depth + 1, CASE typtype WHEN 'd' THEN typbasetype ELSE typelem END,
    brackets || CASE typtype WHEN 'd' THEN '' ELSE '[]' END, required OR (typtype = 'd' AND typnotnull AND brackets = '')
  FROM resolved JOIN pg_catalog.pg_type ON pg_type.oid = base
  WHERE typtype = 'd'
    OR EXISTS (SELECT FROM pg_catalog.pg_type AS element WHERE element.oid = pg_type.typelem AND element.typarray = pg_type.oid)
), type AS MATERIALIZED (
  SELECT DISTINCT ON (id) id, required, brackets, typname,
    CASE WHEN nspname = 'pg_catalog' OR EXISTS (
      SELECT FROM pg_catalog.pg_depend JOIN pg_catalog.pg_extension ON refobjid = pg_extension.oid
      WHERE classid = 'pg_catalog.pg_type'::regclass AND objid = base AND deptype = 'e'
        AND refclassid = 'pg_catalog.pg_extension'::regclass AND extname = typname AND typname IN ('citext', 'hstore')
    ) THEN '' ELSE nspname || '.' END AS prefix
  FROM resolved
  JOIN pg_catalog.pg_type ON pg_type.oid = base
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = typnamespace
  ORDER BY id, depth DESC
)`;

/**
 * `[["id","int8",true],…]`: name, type and NOT NULL of each column of table `nth`'s relation; null if the relation
 * does not exist.
 */
export const columnsSql = (nth: string) => `(
  SELECT json_agg(json_build_array(attname, prefix || typname || brackets, attnotnull OR required) ORDER BY attnum)
  FROM attribute JOIN type ON type.id = atttypid WHERE attribute.nth = ${nth})`;

/** The schema and name of a relation, as SQL literals. */
export function namesSql(relation: string): [schema: string, name: string] {
  const [schema = '', ...name] = relation.split('.');
  return [literal(schema), literal(name.join('.'))];
}

/** A string literal for any setting of `standard_conforming_strings`. */
function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
