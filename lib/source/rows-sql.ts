import { relationSql, type Table } from '../tables/table.ts';

/** What statements over tables begin with: `pg_stat_activity` shows by it which sessions they are. */
export const readMark = '/* offload: read */';

/**
 * A CTE of all rows that are served: their `key`, and their `bytes` in the form that `row-bytes.ts` takes apart. It is not
 * materialized, so that a range of keys is read by the key's index. The line break ends a comment in the predicate.
 */
export const rowsCte = (
  name: string,
  { relation, columns, key, where }: Table,
) => `${name} AS NOT MATERIALIZED (
  SELECT ${key.order.by} AS key, record_send(ROW(${columns.map(({ select }) => select).join(', ')})) AS bytes
  FROM ${relationSql(relation)} AS record${where === undefined ? '' : ` WHERE (${where}\n)`})`;

/** The bytes of such rows from the `first` key of a query's row, as text, to its `last`, in the order of the keys. */
export function rangeSql(rows: string, { key }: Table, keys: string): string {
  const bound = (name: string) => `CAST(${keys}.${name} AS ${key.order.type})`;
  return `SELECT string_agg(bytes, ''::bytea ORDER BY key) AS bytes FROM ${rows}
    WHERE key >= ${bound('first')} AND key <= ${bound('last')}`;
}
