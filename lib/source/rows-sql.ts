import { relationSql, type Table } from '../tables/table.ts';

/** A row as bytes, in the form that `row-bytes.ts` takes apart. */
const rowSql = ({ columns }: Table) => `record_send(ROW(${columns.map(({ select }) => select).join(', ')}))`;

/** The line break ends a comment in the predicate. */
const servedSql = ({ where }: Table) => (where === undefined ? 'true' : `(${where}\n)`);

/** `key` and `bytes` of all rows that are served. OFFSET 0: a row is made once, before anything is sorted. */
export const rowsSql = (table: Table) => `(
  SELECT ${table.key.order.by} AS key, ${rowSql(table)} AS bytes
  FROM ${relationSql(table.relation)} AS record WHERE ${servedSql(table)} OFFSET 0)`;

/** The bytes of the rows from the `first` key of a query's row to its `last`, in the order of the keys. */
export function rangeSql(table: Table, keys: string): string {
  const { by, type } = table.key.order;
  return `
  SELECT string_agg(bytes, ''::bytea ORDER BY key) AS bytes
  FROM (
    SELECT ${by} AS key, ${rowSql(table)} AS bytes FROM ${relationSql(table.relation)} AS record
    WHERE ${by} >= CAST(${keys}.first AS ${type}) AND ${by} <= CAST(${keys}.last AS ${type}) AND ${servedSql(table)}
  ) AS row`;
}
