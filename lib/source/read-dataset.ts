import type { Query } from '../data-api/data-api.ts';
import type { Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes } from './answer-sql.ts';
import type { DatasetRead, LeftOut, TableRead, TableSink } from './dataset-source.ts';
import { compareColumns, DriftError } from './drift.ts';
import { etagOf } from './etag.ts';
import { Header } from './header.ts';
import { inOrder } from './in-order.ts';
import { pageSql } from './page-sql.ts';
import { type KnownRun, Plan, type PlannedPage, pagesOf } from './plan.ts';
import { mostRowBytes, planSql } from './plan-sql.ts';
import { digestOf, rowsOf, type SourceRow } from './row-bytes.ts';
import { lineOf, readStream } from './stream.ts';
import { KeyError, RowError, RowSizeError } from './table-errors.ts';
import { recordMaker } from './table-rows.ts';

/** Of the Data API's 4 MiB for a request, with room for the statement. */
const mostKnownBytes = 3 * 1024 ** 2;

/** The tables of one read, and how its statements are asked. */
export interface Reading {
  tables: readonly Table[];
  /** A query over some of the tables. */
  queryOver: (tables: readonly Table[]) => Query;
  /** Statements at a time, each of which takes a connection of the service's pool. In a transaction: 1. */
  atOnce: number;
  /** Answers that a plan may take: outside of a transaction 1, as two are of different moments. */
  mostAnswers: number;
}

export interface ReadOptions {
  pending: readonly string[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  begin: (table: string) => TableSink;
}

/** A page of rows that are not those of the plan any more, or a table that was replaced after the moment. */
export class TableChanged extends Error {
  readonly table: Table;
  readonly how: 'rows' | 'replaced';

  constructor(table: Table, how: TableChanged['how']) {
    super(`${table.relation}: ${how === 'rows' ? 'other rows than planned' : 'replaced after the moment'}`);
    this.table = table;
    this.how = how;
  }
}

interface Planned {
  table: Table;
  plan: Plan;
  unknownColumns: readonly string[];
}

/**
 * Mostly what has changed in all tables fits into one answer, and one statement is a moment by itself. What does not is
 * read page by page. Whenever a page is read, and by whatever statement: rows that have the digests of the plan are the
 * rows of its moment.
 *
 * @returns undefined where the plan takes more answers than it may
 * @throws TableChanged where a page's rows are others
 */
export async function readDataset(
  reading: Reading,
  options: ReadOptions,
  limits: AnswerLimits,
): Promise<DatasetRead | undefined> {
  const found = await readPlan(reading, options, limits);
  if (found === undefined) return undefined;
  const { header, planned, leftOut, rows } = found;
  const sinks = new Map(
    planned
      .filter(({ table }) => !leftOut.has(table.name))
      .map(({ table }) => [table, options.begin(table.name)]),
  );
  for await (const { table, page, rows: pageRows } of pagesInOrder(reading, planned, rows, leftOut, limits)) {
    const sink = sinks.get(table);
    if (sink === undefined || leftOut.has(table.name)) continue;
    try {
      await give(sink, table, page, pageRows);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      leftOut.set(table.name, { reason: 'lasting', error });
    }
  }
  const tables = new Map<string, TableRead | LeftOut>(leftOut);
  for (const one of planned) if (!leftOut.has(one.table.name)) tables.set(one.table.name, readOf(one));
  return { snapshot: header.snapshot, settled: header.settled, tables };
}

async function readPlan(
  { tables, queryOver, mostAnswers }: Reading,
  { pending, known }: ReadOptions,
  limits: AnswerLimits,
) {
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
    planned.push({ table, plan, unknownColumns: unknown });
  }
  const withRows = nextLine() === 'true';
  return { header, planned, leftOut, rows: withRows ? rest : undefined };
}

/** Pages of all tables, table by table, with their rows. A table that is left out meanwhile has no more. */
async function* pagesInOrder(
  { queryOver, atOnce }: Reading,
  planned: readonly Planned[],
  allRows: Buffer | undefined,
  leftOut: ReadonlyMap<string, LeftOut>,
  limits: AnswerLimits,
) {
  if (allRows !== undefined) {
    const rows = rowsOf(allRows);
    let from = 0;
    for (const { table, plan } of planned)
      for (const page of pagesOf(plan, Number.POSITIVE_INFINITY)) {
        const count = rowCount(page);
        yield { table, page, rows: rows.slice(from, from + count) };
        from += count;
      }
    return;
  }
  function* pages() {
    for (const { table, plan } of planned)
      for (const page of pagesOf(plan, answerBytes(limits))) {
        if (leftOut.has(table.name)) break;
        yield { table, page };
      }
  }
  yield* inOrder(pages(), atOnce, async ({ table, page }) => {
    if (page.ranges.length === 0) return { table, page, rows: [] };
    const values = { ranges: JSON.stringify(page.ranges) };
    const bytes = await readStream(queryOver([table]), pageSql(table, limits), values);
    const rows = rowsIn(bytes);
    if (!isAsPlanned(page, rows)) throw new TableChanged(table, 'rows');
    return { table, page, rows };
  });
}

/** Answers that were of different rows may fit together to no row. */
function rowsIn(bytes: Buffer): SourceRow[] {
  try {
    return rowsOf(bytes);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

const rowCount = ({ steps }: PlannedPage) =>
  steps.reduce((count, step) => count + (step.kept ? 0 : step.rows), 0);

function isAsPlanned(page: PlannedPage, rows: readonly SourceRow[]): boolean {
  let from = 0;
  for (const step of page.steps) {
    if (step.kept) continue;
    const hashes = rows.slice(from, from + step.rows).map(({ hash }) => hash);
    if (digestOf(hashes) !== step.digest) return false;
    from += step.rows;
  }
  return rows.length === from;
}

async function give(sink: TableSink, table: Table, page: PlannedPage, rows: readonly SourceRow[]) {
  const toRecord = recordMaker(table);
  let from = 0;
  for (const step of page.steps) {
    if (step.kept) await sink.keep(step.run - 1, step.rows);
    else await sink.take(step.run - 1, rows.slice(from, from + step.rows).map(toRecord));
    from += step.kept ? 0 : step.rows;
  }
}

function faultOf(table: Table, { twice, keyless, large }: Plan) {
  if (twice !== null || keyless) return new KeyError(table, { twice });
  return large === null ? undefined : new RowSizeError(table, large, mostRowBytes);
}

function readOf({ table, plan: { digest, kept, parts }, unknownColumns }: Planned): TableRead {
  const rows = [...kept.map(([, rows]) => rows), ...parts.map(({ rows }) => rows)];
  const count = rows.reduce((sum, rows) => sum + rows, 0);
  return { etag: etagOf(table.form, digest), count, unknownColumns };
}

/** The runs of each table, as `planSql` takes them. Where they are too many for a request, the table that has most is read whole. */
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
