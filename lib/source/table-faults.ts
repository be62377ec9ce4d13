import * as z from 'zod/mini';
import type { DataApi, Query } from '../data-api/data-api.ts';
import { StatementError } from '../data-api/errors.ts';
import type { CodedError } from '../errors.ts';
import type { Table } from '../tables/table.ts';
import { attributesSql, columnsSql, relationsSql } from './catalogue-sql.ts';
import { compareColumns, DriftError } from './drift.ts';
import { CatalogueColumns, RelationKind } from './header.ts';
import { TableAccessError, TableStatementError } from './table-errors.ts';

const Described = z.pipe(
  z.tuple([z.string()]),
  z.transform(([json]) => Description.parse(JSON.parse(json))),
);
const Description = z.object({
  kind: RelationKind,
  columns: CatalogueColumns,
  /** Whether the role may use the schema and read the whole relation. */
  readable: z.boolean(),
  /** Columns that the role may read. */
  readableColumns: z.nullable(z.array(z.string())),
  /** Columns with a unique index on that column alone. */
  uniqueColumns: z.nullable(z.array(z.string())),
  /** Whether it has children that are not partitions: the index does not cover their keys. */
  inherited: z.nullable(z.boolean()),
});
export type Description = z.output<typeof Description>;

/** The catalogue's present facts about each table; the query reads none of the tables, and needs no right to them. */
export async function describeTables(query: Query, tables: readonly Table[]): Promise<Description[]> {
  const sql = `
WITH RECURSIVE ${relationsSql(tables)}, ${attributesSql}
SELECT CAST(json_build_object(
  'kind', kind,
  'columns', ${columnsSql('listed.nth')},
  'readable', coalesce(
    has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(relation.id, 'SELECT'), false),
  'readableColumns', (
    SELECT json_agg(attname) FROM attribute
    WHERE attribute.nth = listed.nth AND has_schema_privilege(relnamespace, 'USAGE')
      AND has_column_privilege(relation.id, attnum, 'SELECT')),
  'uniqueColumns', (
    SELECT json_agg(attname) FROM pg_catalog.pg_index JOIN attribute ON attribute.attnum = indkey[0]
    WHERE indrelid = relation.id AND attribute.nth = listed.nth AND indisunique AND indisvalid AND indimmediate
      AND indnkeyatts = 1 AND indpred IS NULL),
  'inherited', kind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = relation.id)
) AS text)
FROM listed LEFT JOIN relation USING (nth) LEFT JOIN pg_catalog.pg_class ON pg_class.oid = relation.id
WHERE served ORDER BY nth`;
  return query(Described, sql);
}

/** Why the role cannot read an existing relation, according to the catalogue. */
export function accessFault(
  table: Table,
  { readable, readableColumns }: Description,
  options?: ErrorOptions,
): TableAccessError | undefined {
  if (readable) return undefined;
  const columns = new Set(readableColumns ?? []);
  if (columns.size === 0) return new TableAccessError(table, [], options);
  const closed = table.columns.map(({ column }) => column).filter((column) => !columns.has(column));
  return closed.length === 0 ? undefined : new TableAccessError(table, closed, options);
}

function catalogueFault(table: Table, described: Description, cause: Error): CodedError | undefined {
  const { differences } = compareColumns(table, described);
  if (differences.length > 0) return new DriftError(table.relation, differences, { cause });
  return accessFault(table, described, { cause });
}

/**
 * Which tables caused a rejected statement: according to the catalogue, or else by a probe of each table.
 * @param probe a statement over one table, like the rejected one
 */
export async function faultsOf(
  dataApi: Pick<DataApi, 'query'>,
  tables: readonly Table[],
  refused: StatementError,
  deadlineMs: number,
  probe: (table: Table) => Promise<unknown>,
): Promise<Map<Table, CodedError>> {
  const described = await describeTables(dataApi.query({ deadlineMs }), tables);
  const faults = new Map<Table, CodedError>();
  for (const [at, table] of tables.entries()) {
    const description = described[at];
    const fault = description && catalogueFault(table, description, refused);
    if (fault !== undefined) faults.set(table, fault);
  }
  if (faults.size > 0) return faults;
  for (const table of tables) {
    try {
      await probe(table);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      faults.set(table, new TableStatementError(table, error.sqlState, { cause: error }));
    }
  }
  return faults;
}
