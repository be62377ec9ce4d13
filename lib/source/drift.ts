import type { DataApi } from '../data-api/data-api.ts';
import { CodedError } from '../errors.ts';
import { isReadBy } from '../tables/column.ts';
import type { Table } from '../tables/table.ts';
import { readHeader } from './header.ts';

/** A column as the catalogue has it: name, type without length or precision, NOT NULL. */
export type CatalogueColumn = readonly [name: string, type: string, notNull: boolean];

export interface Difference {
  column: string;
  expected: string;
  found: string;
}

/** The table is not, or no longer, what the schema of its records says. Nothing is published from it. */
export class DriftError extends CodedError {
  readonly differences: readonly Difference[];

  constructor(relation: string, differences: readonly Difference[], options?: ErrorOptions) {
    const list = differences.map(
      ({ column, expected, found }) => `column ${column}: expected ${expected}, found ${found}`,
    );
    super('schema_drift', `The table ${relation} does not fit its schema: ${list.join('; ')}.`, options);
    this.differences = differences;
  }
}

/**
 * Compares a table's schema with the catalogue. A column that the schema does not name is none of its business,
 * and reported apart. A NOT NULL column may stand where the schema would take NULL, not the other way.
 */
export function compareColumns(table: Table, catalogue: readonly CatalogueColumn[] | null) {
  if (catalogue === null)
    return { differences: [{ column: '*', expected: 'a table', found: 'no such table' }], unknown: [] };
  const found = new Map(catalogue.map((column) => [column[0], column]));
  const differences = table.columns.flatMap(({ column, types, nullable }): Difference[] => {
    const [, type, notNull] = found.get(column) ?? [];
    const expected = types.join(' or ') || 'a type whose text no setting changes';
    if (type === undefined) return [{ column, expected, found: 'no such column' }];
    if (!isReadBy({ types }, type)) return [{ column, expected, found: type }];
    if (!nullable && !notNull)
      return [{ column, expected: `${expected} NOT NULL`, found: `${type}, NULL allowed` }];
    return [];
  });
  const named = new Set(table.columns.map(({ column }) => column));
  return { differences, unknown: catalogue.map(([name]) => name).filter((name) => !named.has(name)) };
}

/** The same for the table as it is now. */
export async function compareTable({
  dataApi,
  table,
  relation,
  deadlineMs,
}: {
  dataApi: Pick<DataApi, 'query'>;
  table: Table;
  relation: string;
  deadlineMs: number;
}) {
  const query = dataApi.query({ deadlineMs });
  const { columns } = await readHeader(query, relation, { pending: [], about: 'the table' });
  return compareColumns(table, columns ?? null);
}
