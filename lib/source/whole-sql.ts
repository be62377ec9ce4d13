import type { Table } from '../tables/table.ts';
import { type AnswerLimits, blocksSql } from './answer-sql.ts';
import { nameSql } from './catalogue-sql.ts';
import { settledSql } from './header.ts';
import { readMark, rowsCte } from './rows-sql.ts';

/** A table that takes more storage (its dead rows, and what is stored out of line, included) is not read whole. */
const mostStoredBytes = 2 * 1024 ** 2;

/** Object identifiers below this are PostgreSQL's own. */
const firstUserOid = 16_384;

/**
 * The statement that reads all rows of small tables, at one moment: PostgreSQL parses and plans it in a fifth of the
 * time that `planSql` takes. It reads ordinary tables of little storage; for any other it returns no rows, and
 * columns with types of another owner have no type. The result is a line with the header, and then the rows of all
 * tables in key order.
 *
 *     {"snapshot":"812:815:813","settled":["811"],"tables":[{"kind":"r","current":true,"columns":[["id","int8",true],…],"rows":10},…]}
 *
 * Parameters: `pending` (transaction ids, comma-separated), `skip`.
 */
export const wholeSql = (tables: readonly Table[], limits: AnswerLimits): string => `${readMark}
WITH found AS MATERIALIZED (
  SELECT nth, pg_class.oid AS id, relkind AS kind, relfilenode AS file,
    relkind IN ('r', 'm') AND NOT relhassubclass AND pg_table_size(pg_class.oid) <= ${mostStoredBytes} AS small
  FROM (VALUES ${tables.map(({ relation }, nth) => `(${nth}, ${nameSql(relation)})`).join(', ')}) AS listed (nth, schema, name)
  JOIN pg_catalog.pg_namespace ON nspname = CAST(schema AS name)
  JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid AND relname = CAST(name AS name)
)${tables.map(allRowsCtes).join('')}, stream AS MATERIALIZED (
  SELECT convert_to(CAST(json_build_object(
    'snapshot', CAST(pg_current_snapshot() AS text),
    'settled', ${settledSql('CAST(:pending AS text)')},
    'tables', json_build_array(${tables.map((_, nth) => tableSql(nth)).join(', ')})
  ) AS text) || E'\\n', 'UTF8')${tables.map((_, nth) => ` || (SELECT bytes FROM all${nth})`).join('')} AS bytes
)${blocksSql(limits)}`;

const allRowsCtes = (
  table: Table,
  nth: number,
) => `, ${rowsCte(`t${nth}`, table)}, all${nth} AS MATERIALIZED (
  SELECT count(*) AS rows, coalesce(string_agg(bytes, ''::bytea ORDER BY key), '') AS bytes
  FROM t${nth} WHERE (SELECT bool_and(small) FROM found)
)`;

/** The catalogue's tables show the moment, `pg_relation_filenode` shows the present. */
const tableSql = (nth: number) => `(
  SELECT json_build_object(
    'kind', kind,
    'current', file IS NOT DISTINCT FROM coalesce(pg_relation_filenode(id), 0),
    'columns', (
      SELECT json_agg(json_build_array(attname, CASE
        WHEN atttypid < ${firstUserOid} THEN coalesce(element.typname || '[]', pg_type.typname) ELSE '' END, attnotnull) ORDER BY attnum)
      FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type ON pg_type.oid = atttypid
      LEFT JOIN pg_catalog.pg_type AS element ON element.oid = pg_type.typelem AND element.typarray = pg_type.oid
      WHERE attrelid = found.id AND attnum > 0 AND NOT attisdropped),
    'rows', CASE WHEN (SELECT bool_and(small) FROM found) THEN (SELECT rows FROM all${nth}) END)
  FROM found WHERE nth = ${nth})`;
