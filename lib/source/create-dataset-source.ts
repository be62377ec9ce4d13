import type { Clock } from '../clock.ts';
import type { DataApi } from '../data-api/data-api.ts';
import { DatabaseUnavailableError, StatementError, TransactionLostError } from '../data-api/errors.ts';
import type { Report } from '../report.ts';
import type { Table } from '../tables/table.ts';
import type { AnswerLimits } from './answer-sql.ts';
import type { DatasetRead, DatasetSource, LeftOut } from './dataset-source.ts';
import { createLockWatch, lockedTables, TablesLocked } from './locks.ts';
import { planSql } from './plan-sql.ts';
import { readDataset } from './read-dataset.ts';
import { type Reading, type ReadOptions, TableChanged } from './reading.ts';
import { isXid8, readSettled } from './settled.ts';
import { readStream } from './stream.ts';
import { TableLockedError, TableUnstableError } from './table-errors.ts';
import { faultsOf } from './table-faults.ts';

/** Statements at a time, each of which takes a connection of the service's pool. */
const pagesAtOnce = 4;

type Options = Parameters<DatasetSource['read']>[0];

/** The tables, read through the Data API. */
export function createDatasetSource({
  dataApi,
  tables,
  limits,
  clock,
  report,
}: {
  dataApi: DataApi;
  tables: readonly Table[];
  limits: AnswerLimits;
  clock: Clock;
  report: Report;
}): DatasetSource {
  return {
    tables: tables.map(({ name, form, mayLose }) => ({ name, form, mayLose })),

    /** Each turn of the loop leaves a table out, or is the second for what happened, so that it ends. */
    async read(options) {
      const leftOut = new Map<string, LeftOut>();
      const before = new Set<unknown>();
      for (;;) {
        const present = tables.filter(({ name }) => !leftOut.has(name));
        try {
          const { tables: read, ...moment } = await readOnce(present, options);
          return { ...moment, tables: new Map([...read, ...leftOut]) };
        } catch (error) {
          for (const [table, why] of await explain(error, present, options, before))
            leftOut.set(table.name, why);
          const left = [...leftOut.keys()].join(',');
          report({ name: 'dataset.read_again', level: 'warn', cause: error, left_out: left });
        }
      }
    },

    settled: ({ pending, deadlineMs }) => readSettled(dataApi.query({ deadlineMs }), pending),
  };

  /** Statements by themselves; a transaction where the plan is larger than an answer, or rows changed before they were read. */
  async function readOnce(present: readonly Table[], options: Options): Promise<DatasetRead> {
    const watch = createLockWatch({ dataApi, clock }, options.deadlineMs);
    const readOptions: ReadOptions = { ...options, pending: options.pending.filter(isXid8) };
    const single: Reading = {
      tables: present,
      queryOver: (some) => watch.over(dataApi.query(watch.options), some),
      atOnce: pagesAtOnce,
      mostAnswers: 1,
    };
    const read = await readDataset(single, readOptions, limits).catch((error: unknown) => {
      if (error instanceof TableChanged && error.how === 'rows') return undefined;
      throw error;
    });
    if (read !== undefined) return read;
    return dataApi.readTransaction(watch.options, async (query) => {
      const all = { atOnce: 1, mostAnswers: Number.POSITIVE_INFINITY };
      const found = await readDataset(
        { ...single, ...all, queryOver: (some) => watch.over(query, some) },
        readOptions,
        limits,
      );
      if (found === undefined) throw new TypeError('a plan was too large for any number of answers');
      return found;
    });
  }

  /**
   * Which tables are to be left out, and why; none where the same read may well succeed the second time.
   * @param before what has happened once
   * @throws the error itself, where it is about no table
   */
  async function explain(
    error: unknown,
    present: readonly Table[],
    { deadlineMs }: Options,
    before: Set<unknown>,
  ): Promise<Map<Table, LeftOut>> {
    if (error instanceof TablesLocked) return locked(error.tables, error);
    if (error instanceof TableChanged) {
      if (isFirst(error.table, before)) return new Map();
      if (error.how === 'replaced') return locked([error.table], error);
      return new Map([[error.table, { reason: 'lasting', error: new TableUnstableError(error.table) }]]);
    }
    if (error instanceof TransactionLostError && isFirst(TransactionLostError, before)) return new Map();
    if (error instanceof DatabaseUnavailableError && isLockTimeout(error)) {
      const tablesLocked = await lockedTables(dataApi, present, { deadlineMs });
      if (tablesLocked.length > 0) return locked(tablesLocked, error);
    }
    // Without a SQLSTATE it is the service that refused, not PostgreSQL.
    if (!(error instanceof StatementError) || error.sqlState === undefined) throw error;
    const faults = await faultsOf(dataApi, present, error, deadlineMs, (table) => probe(table, deadlineMs));
    if (faults.size === 0) throw error;
    return new Map([...faults].map(([table, fault]) => [table, { reason: 'lasting', error: fault }]));
  }

  function probe(table: Table, deadlineMs: number) {
    const watch = createLockWatch({ dataApi, clock }, deadlineMs);
    const query = watch.over(dataApi.query(watch.options), [table]);
    const values = { known: '[[]]', pending: '' };
    return readStream(query, planSql([table], limits), values, { mostAnswers: 1 });
  }
}

function isFirst(what: unknown, before: Set<unknown>): boolean {
  const first = !before.has(what);
  before.add(what);
  return first;
}

const locked = (tables: readonly Table[], cause: Error) =>
  new Map<Table, LeftOut>(
    tables.map((table) => [table, { reason: 'locked', error: new TableLockedError(table, { cause }) }]),
  );

/** PostgreSQL's own `lock_timeout`, set for the database or the role. */
const isLockTimeout = ({ cause }: Error) =>
  cause instanceof Error && cause.message.includes('SQLState: 55P03');
