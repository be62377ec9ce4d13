import type * as z from 'zod/mini';
import { CodedError } from '../errors.ts';
import { isReadBy } from '../tables/column.ts';
import type { Table } from '../tables/table.ts';
import type { CatalogueColumns } from './header.ts';

export interface Difference {
  column: string;
  expected: string;
  found: string;
}

/** The relation differs from its table's file. Nothing is published from it. */
export class DriftError extends CodedError {
  readonly differences: readonly Difference[];

  constructor(relation: string, differences: readonly Difference[], options?: ErrorOptions) {
    const list = differences.map(
      ({ column, expected, found }) => `column ${column}: expected ${expected}, found ${found}`,
    );
    super('schema_drift', `The table ${relation} differs from its file: ${list.join('; ')}.`, options);
    this.differences = differences;
  }
}

/** SQL names of types whose catalogue name differs. */
const sqlNames = new Map([
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
  ['varchar', 'character varying'],
  ['bpchar', 'character'],
  ['time', 'time without time zone'],
  ['timetz', 'time with time zone'],
  ['timestamp', 'timestamp without time zone'],
  ['timestamptz', 'timestamp with time zone'],
  ['varbit', 'bit varying'],
]);

const sqlName = (type: string) =>
  type.replace(/^[^.[]+(?=(\[\])?$)/, (internal) => sqlNames.get(internal) ?? internal);

/** Whether a relation of this kind has constraints: a view has neither NOT NULL nor a key. */
export const hasConstraints = (kind: string | null) => kind !== 'v' && kind !== 'm';

/**
 * Compares a table's file with the catalogue. A column that the file does not name is reported separately. A NOT NULL
 * column may stand where the file allows NULL, but not the reverse; for a view, NULLs show when its rows are read.
 */
export function compareColumns(
  table: Table,
  { kind, columns }: { kind: string | null; columns: z.output<typeof CatalogueColumns> },
): { differences: Difference[]; unknown: string[] } {
  if (kind === null)
    return { differences: [{ column: '*', expected: 'a table', found: 'no such table' }], unknown: [] };
  const found = new Map((columns ?? []).map((column) => [column[0], column]));
  const differences = table.columns.flatMap(({ column, types, nullable }): Difference[] => {
    const [, internal, notNull] = found.get(column) ?? [];
    const expected = types.join(' or ') || 'any type';
    if (internal === undefined) return [{ column, expected, found: 'no such column' }];
    const type = sqlName(internal);
    if (!isReadBy({ types }, type)) return [{ column, expected, found: type }];
    if (!nullable && !notNull && hasConstraints(kind))
      return [{ column, expected: `${expected} NOT NULL`, found: `${type}, NULL allowed` }];
    return [];
  });
  const named = new Set(table.columns.map(({ column }) => column));
  return { differences, unknown: [...found.keys()].filter((name) => !named.has(name)) };
}
