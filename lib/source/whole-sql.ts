import type { Table } from '../tables/table.ts';
import { type AnswerLimits, blocksSql } from './answer-sql.ts';
import { namesSql } from './catalogue-sql.ts';
import { settledSql } from './header.ts';
import { readMark, rowsCte } from './rows-sql.ts';

/** A table that takes more storage (its dead rows, and what is stored out of line, included) is not read whole. */
const mostStoredBytes = 2 * 1024 ** 2;

/** Object identifiers below this are PostgreSQL's own. */
const firstUserOid = 16_384;

/**
 * The statement that reads all rows of small tables, at one moment: PostgreSQL parses and plans it in a fifth of the
 * time that `planSql` takes. It reads ordinary tables of little storage; of any other, and of one with the known
 * content, it returns no rows. Types that are not PostgreSQL's own are left empty. The result is a line with the
 * header, and then the rows of all tables in key order.
 *
 *     {"snapshot":"812:815:813","settled":["811"],"tables":[{"kind":"r","current":true,"columns":[["id","bigint",true],…],"rows":10,"same":false},…]}
 *
 * Parameters: `known` (JSON: for each table the SHA-256 of its rows, in hexadecimal, or null), `pending` (transaction
 * ids, comma-separated), `skip`.
 */
export const wholeSql = (tables: readonly Table[], limits: AnswerLimits): string => `${readMark}
WITH ${tables.map(tableCtes).join(', ')}, stream AS MATERIALIZED (
  SELECT convert_to(CAST(json_build_object(
    'snapshot', CAST(pg_current_snapshot() AS text),
    'settled', ${settledSql('CAST(:pending AS text)')},
    'tables', json_build_array(${tables.map((_, nth) => tableSql(nth)).join(', ')})
  ) AS text) || E'\\n', 'UTF8')${tables.map((_, nth) => ` || CASE WHEN ${isSame(nth)} THEN '' ELSE (SELECT bytes FROM all${nth}) END`).join('')} AS bytes
)${blocksSql(limits)}`;

function tableCtes(table: Table, nth: number): string {
  const [schema, name] = namesSql(table.relation);
  return `relation${nth} AS MATERIALIZED (
  SELECT oid AS id, relkind AS kind, relfilenode AS file,
    relkind IN ('r', 'm') AND NOT relhassubclass AND pg_table_size(oid) <= ${mostStoredBytes} AS small
  FROM pg_catalog.pg_class
  WHERE relname = ${name} AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${schema})
), ${rowsCte(`t${nth}`, table)}, all${nth} AS MATERIALIZED (
  SELECT count(*) AS rows, coalesce(string_agg(bytes, ''::bytea ORDER BY key), '') AS bytes
  FROM t${nth} WHERE (SELECT small FROM relation${nth})
), same${nth} AS MATERIALIZED (
  SELECT encode(sha256(bytes), 'hex') IS NOT DISTINCT FROM CAST(:known AS json)->>${nth} AS same FROM all${nth}
)`;
}

const isSame = (nth: number) => `(SELECT same FROM same${nth})`;

/**
 * The catalogue's tables show the moment, `pg_relation_filenode` shows the present. `format_type` may write a type in
 * another way than the table's file does, where settings of the database make it so: then the plan decides.
 */
const tableSql = (nth: number) => `(
  SELECT json_build_object(
    'kind', kind,
    'current', file IS NOT DISTINCT FROM coalesce(pg_relation_filenode(id), 0),
    'columns', (
      SELECT json_agg(json_build_array(attname,
        CASE WHEN atttypid < ${firstUserOid} THEN format_type(atttypid, NULL) ELSE '' END, attnotnull) ORDER BY attnum)
      FROM pg_catalog.pg_attribute WHERE attrelid = id AND attnum > 0 AND NOT attisdropped),
    'rows', CASE WHEN small THEN (SELECT rows FROM all${nth}) END,
    'same', ${isSame(nth)})
  FROM relation${nth})`;
