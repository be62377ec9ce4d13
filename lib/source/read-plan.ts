import type { Table } from '../tables/table.ts';
import type { AnswerLimits } from './answer-sql.ts';
import type { LeftOut } from './dataset-source.ts';
import { compareColumns, DriftError } from './drift.ts';
import { etagOf } from './etag.ts';
import { Header } from './header.ts';
import { type Changes, Plan } from './plan.ts';
import { mostRowBytes, planSql } from './plan-sql.ts';
import { type Reading, type ReadOptions, TableChanged } from './reading.ts';
import { rowsOf, type SourceRow } from './row-bytes.ts';
import { lineOf, readStream } from './stream.ts';
import { KeyError, RowSizeError } from './table-errors.ts';

/** Below the Data API's 4 MiB per request, to leave room for the statement. */
const mostKnownBytes = 3 * 1024 ** 2;

export interface Planned {
  table: Table;
  plan: Changes;
  /** Of all rows. */
  etag: string;
  unknownColumns: readonly string[];
}

/** The result of one statement. */
export interface PlannedGroup {
  header: Pick<Header, 'snapshot' | 'settled'>;
  /** Every table of the statement, in order. */
  planned: readonly Planned[];
  leftOut: ReadonlyMap<string, LeftOut>;
  /** The rows of all parts, if the response includes them. */
  rows: readonly SourceRow[] | undefined;
}

/** @returns undefined if the plan takes more responses than allowed */
export async function readPlan(
  { tables, queryOver, mostAnswers }: Reading,
  { pending, known }: ReadOptions,
  limits: AnswerLimits,
): Promise<PlannedGroup | undefined> {
  const values = { known: knownJson(tables, known), pending: pending.join(',') };
  const bytes = await readStream(queryOver(tables), planSql(tables, limits), values, { mostAnswers });
  if (bytes === undefined) return undefined;
  const [headerLine, afterHeader] = lineOf(bytes);
  const header = Header.parse(JSON.parse(headerLine));
  let rest = afterHeader;
  const nextLine = () => {
    const [line, after] = lineOf(rest);
    rest = after;
    return line;
  };
  const planned: Planned[] = [];
  const leftOut = new Map<string, LeftOut>();
  for (const [at, table] of tables.entries()) {
    const plan = Plan.parse(JSON.parse(nextLine()));
    const { current = false, kind = null, columns = null } = header.tables[at] ?? {};
    if (!current) throw new TableChanged(table, 'replaced');
    const { differences, unknown } = compareColumns(table, { kind, columns });
    const error = differences.length > 0 ? new DriftError(table.relation, differences) : faultOf(table, plan);
    if (error !== undefined) leftOut.set(table.name, { reason: 'lasting', error });
    planned.push({ table, plan, etag: etagOf(table.form, plan.digest), unknownColumns: unknown });
  }
  const withRows = nextLine() === 'true';
  return { header, planned, leftOut, rows: withRows ? rowsOf(rest) : undefined };
}

function faultOf(table: Table, { twice, keyless, large }: Plan) {
  if (twice !== null || keyless) return new KeyError(table, { twice });
  return large === null ? undefined : new RowSizeError(table, large, mostRowBytes);
}

/**
 * The runs of each table, as `planSql` takes them. If they exceed a request, the table with the most runs is read
 * whole.
 */
function knownJson(tables: readonly Table[], known: ReadOptions['known']): string {
  const listed = tables.map(({ name }) =>
    JSON.stringify((known.get(name) ?? []).map(({ firstKey, digest = null }) => [firstKey, digest])),
  );
  const sizes = listed.map((json) => Buffer.byteLength(json));
  while (sizes.reduce((sum, size) => sum + size, 0) > mostKnownBytes) {
    const most = sizes.indexOf(Math.max(...sizes));
    [listed[most], sizes[most]] = ['[]', 2];
  }
  return `[${listed.join(',')}]`;
}
