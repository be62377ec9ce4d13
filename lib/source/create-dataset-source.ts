import type { Clock } from '../clock.ts';
import type { DataApi } from '../data-api/data-api.ts';
import { StatementError } from '../data-api/errors.ts';
import type { Report } from '../report.ts';
import type { Table } from '../tables/table.ts';
import type { AnswerLimits } from './answer-sql.ts';
import type { DatasetRead, DatasetSource, LeftOut } from './dataset-source.ts';
import { createExplainer } from './explain-failure.ts';
import { createLockWatch } from './locks.ts';
import { readDataset, readPlanned } from './read-dataset.ts';
import { type Content, readWhole, wholeStatement } from './read-whole.ts';
import { type Reading, type ReadOptions, TableChanged } from './reading.ts';
import { isXid8, readSettled } from './settled.ts';

/** The number of concurrent statements; each takes a connection of the Data API's pool. */
const pagesAtOnce = 4;

/** After tables could not be read whole, the next reads find their changes in the database for this long. */
const plansForMs = 10 * 60_000;

type Options = Parameters<DatasetSource['read']>[0];

/** The errors for a value over 1 GB, of an aggregate and of `||`: little storage can hold text beyond it. */
const tooLong = new Set<string | undefined>(['54000', 'XX000']);

function orPlan(error: unknown): undefined {
  if (error instanceof StatementError && tooLong.has(error.sqlState)) return undefined;
  throw error;
}

/** Reads the tables through the Data API. */
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
  let plansUntilMs = 0;
  const contents = new Map<string, Content>();
  return {
    tables: tables.map(({ name, form, mayLose }) => ({ name, form, mayLose })),

    /** The loop ends: each failure leaves a table out, or is the first of its kind. */
    async read(options) {
      const leftOut = new Map<string, LeftOut>();
      const explain = createExplainer({ dataApi, clock, limits });
      for (;;) {
        const present = tables.filter(({ name }) => !leftOut.has(name));
        try {
          const { tables: read, ...moment } = await readOnce(present, options);
          return { ...moment, tables: new Map([...read, ...leftOut]) };
        } catch (error) {
          const why = await explain(error, present, options.deadlineMs);
          for (const [table, reason] of why) leftOut.set(table.name, reason);
          const left = [...leftOut.keys()].join(',');
          report({ name: 'dataset.read_again', level: 'warn', cause: error, left_out: left });
        }
      }
    },

    settled: ({ pending, deadlineMs }) => readSettled(dataApi.query({ deadlineMs }), pending),
  };

  /**
   * Reads small tables whole, and others with single statements; in a transaction if the plan exceeds one response, or
   * rows changed before they were read.
   */
  async function readOnce(present: readonly Table[], options: Options): Promise<DatasetRead> {
    const watch = createLockWatch({ dataApi, clock }, options.deadlineMs);
    const readOptions: ReadOptions = { ...options, pending: options.pending.filter(isXid8) };
    const single: Reading = {
      tables: present,
      queryOver: (some) => watch.over(dataApi.query(watch.options), some),
      atOnce: pagesAtOnce,
      mostAnswers: 1,
    };
    const sql = clock.now() < plansUntilMs ? undefined : wholeStatement(present, options, limits);
    if (sql !== undefined) {
      const whole = await readWhole(single, readOptions, sql, contents).catch(orPlan);
      if (whole !== undefined) return readPlanned(single, [whole], readOptions, limits);
      plansUntilMs = clock.now() + plansForMs;
    }
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
      if (found === undefined) throw new TypeError('a plan exceeds the limit of responses');
      return found;
    });
  }
}
