import type { Table } from '../tables/table.ts';
import type { AnswerLimits } from './answer-sql.ts';
import type { DatasetRead, LeftOut, TableRead, TableSink } from './dataset-source.ts';
import type { PlannedPage } from './plan.ts';
import { planGroups } from './plan-sql.ts';
import { pagesInOrder } from './read-pages.ts';
import { type Planned, type PlannedGroup, readPlan } from './read-plan.ts';
import type { Reading, ReadOptions } from './reading.ts';
import type { SourceRow } from './row-bytes.ts';
import { RowError } from './table-errors.ts';
import { recordMaker } from './table-rows.ts';

/**
 * Usually the changes of all tables fit into one response, and one statement sees one moment. Otherwise rows are read
 * page by page: rows with the digests of the plan are the rows of its moment, whenever and by whichever statement
 * they are read.
 * @returns undefined if the plan takes more statements or responses than allowed
 * @throws TableChanged if a page's rows differ from the plan
 */
export async function readDataset(
  reading: Reading,
  options: ReadOptions,
  limits: AnswerLimits,
): Promise<DatasetRead | undefined> {
  const groups = planGroups(reading.tables, limits);
  if (groups.length > reading.mostAnswers) return undefined;
  const plans: PlannedGroup[] = [];
  for (const tables of groups) {
    const found = await readPlan({ ...reading, tables }, options, limits);
    if (found === undefined) return undefined;
    plans.push(found);
  }
  return readPlanned(reading, plans, options, limits);
}

/**
 * Gives the planned rows of all tables to their sinks.
 * @throws TableChanged if a page's rows differ from the plan
 */
export async function readPlanned(
  reading: Reading,
  plans: readonly PlannedGroup[],
  options: Pick<ReadOptions, 'begin'>,
  limits: AnswerLimits,
): Promise<DatasetRead> {
  const [first] = plans;
  if (first === undefined) throw new TypeError('the statement returned no plan');
  const leftOut = new Map(plans.flatMap((group) => [...group.leftOut]));
  const planned = plans.flatMap((group) => group.planned);
  const sinks = new Map(
    planned
      .filter(({ table }) => !leftOut.has(table.name))
      .map(({ table }) => [table, options.begin(table.name)]),
  );
  for (const group of plans)
    for await (const { table, page, rows } of pagesInOrder(reading, group, leftOut, limits)) {
      const sink = sinks.get(table);
      if (sink === undefined || leftOut.has(table.name)) continue;
      try {
        await give(sink, table, page, rows);
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        leftOut.set(table.name, { reason: 'lasting', error });
      }
    }
  const { snapshot, settled } = first.header;
  const tables = new Map<string, TableRead | LeftOut>(leftOut);
  for (const one of planned) if (!leftOut.has(one.table.name)) tables.set(one.table.name, readOf(one));
  return { snapshot, settled, tables };
}

/** The number of records that are made before the sink may store earlier ones. */
const recordsAtOnce = 100;

async function give(sink: TableSink, table: Table, page: PlannedPage, rows: readonly SourceRow[]) {
  const toRecord = recordMaker(table);
  let from = 0;
  for (const step of page.steps) {
    const run = step.run - 1;
    if (step.kept) await sink.keep(run, step.rows);
    else
      for (const end = from + step.rows; from < end; ) {
        const some = rows.slice(from, Math.min(end, from + recordsAtOnce));
        await sink.take(run, some.map(toRecord));
        from += some.length;
      }
  }
}

function readOf({ plan: { kept, parts }, etag, unknownColumns }: Planned): TableRead {
  const rows = [...kept.map(([, rows]) => rows), ...parts.map(({ rows }) => rows)];
  const count = rows.reduce((sum, rows) => sum + rows, 0);
  return { etag, count, unknownColumns };
}
