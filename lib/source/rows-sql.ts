import { relationSql, type Table } from '../tables/table.ts';

/** The comment at the start of statements over tables: it identifies our sessions in `pg_stat_activity`. */
export const readMark = '/* offload: read */';

/**
 * A CTE of all served rows: their `key`, and their `bytes` in the format that `row-bytes.ts` parses. It is not
 * materialized, so that a key range uses the key's index. The line break ends a comment in the predicate.
 */
export const rowsCte = (
  name: string,
  { relation, columns, key, where }: Table,
) => `${name} AS NOT MATERIALIZED (
  SELECT ${key.order.by} AS key, record_send(ROW(${columns.map(({ select }) => select).join(', ')})) AS bytes
  FROM ${relationSql(relation)} AS record${where === undefined ? '' : ` WHERE (${where}\n)`})`;

/**
 * The bytes of the rows between two keys, in key order.
 * @param bound the `first` and `last` key of a query's row, as text
 */
export function rangeSql(rows: string, { key }: Table, keys: string): string {
  const bound = (name: string) => `CAST(${keys}.${name} AS ${key.order.type})`;
  return `SELECT string_agg(bytes, ''::bytea ORDER BY key) AS bytes FROM ${rows}
    WHERE key >= ${bound('first')} AND key <= ${bound('last')}`;
}
