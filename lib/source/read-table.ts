import type { DataApi, Query } from '../data-api/data-api.ts';
import { StatementError, TransactionLostError } from '../data-api/errors.ts';
import { CodedError } from '../errors.ts';
import { type Moment, momentOf } from '../pg-snapshot.ts';
import type { Report } from '../report.ts';
import { ColumnError } from '../tables/column.ts';
import type { Json } from '../tables/json-text.ts';
import type { Column, Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes } from './answer-sql.ts';
import { compareColumns, compareTable, DriftError } from './drift.ts';
import { type Header, parseHeader, readHeader } from './header.ts';
import { pageSql, planSql } from './page-sql.ts';
import { type KnownRun, Plan } from './plan.ts';
import { readPages } from './read-pages.ts';
import { rowsOf, type SourceRow } from './row-bytes.ts';
import { lineOf, readStream } from './stream.ts';

/** A member for each column of the table, in its order. */
export type Row = Record<string, Json>;

/** Records, and for each of them the SHA-256 of the row that it was made of. */
interface Records {
  records: Row[];
  hashes: Buffer[];
}

/**
 * A table at one moment: plain records, detached from the database, in primary-key order; all, but for those of the runs
 * that are as they were known.
 */
export interface TableRead extends Records {
  /** What became of the known runs, one for each, in order; one run where none is known. */
  runs: { kept: boolean; rows: number }[];
  /** The same for two reads where all rows, kept or read, are the same. */
  digest: string;
  moment: Moment;
  /** Those of the pending transactions that are part of the moment, committed or rolled back. */
  settled: string[];
  /** Columns of the table that its schema does not name. */
  unknownColumns: string[];
}

export interface ReadOptions {
  /** Transactions to ask about, as `pg_current_xact_id()` gave them. */
  pending: readonly string[];
  /** When to give up, by the clock. */
  deadlineMs: number;
}

export interface TableReader {
  /**
   * @param options.known runs of an earlier read: only those that have changed are read.
   * @throws DriftError, RowError; DatabaseUnavailableError, TransactionLostError (after a second try),
   * DatabaseAccessError, StatementError.
   */
  read(options: ReadOptions & { known?: readonly KnownRun[] }): Promise<TableRead>;
  /** Which of the pending transactions are finished now: one small statement, the table is not touched. */
  settled(options: ReadOptions): Promise<string[]>;
}

/** A row holds what its schema does not allow. The message names the row and the field, and shows no content. */
export class RowError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('row_invalid', message, options);
  }
}

/** Statements at a time, each of which takes a connection of the service's pool. */
const pagesAtOnce = 4;

/** What the first statement of a read found. */
interface Planned {
  header: Header;
  plan: Plan;
  /** The bytes of the rows that came along. */
  rows: Buffer;
  unknown: string[];
}

export function createTableReader({
  dataApi,
  table,
  relation,
  limits,
  report,
}: {
  dataApi: DataApi;
  table: Table;
  /** `schema.table` */
  relation: string;
  limits: AnswerLimits;
  report: Report;
}): TableReader {
  const planText = planSql(table, relation, limits);
  const pageText = pageSql(table, relation, limits);
  type Options = Parameters<TableReader['read']>[0];

  /**
   * Mostly what has changed fits into one answer, and one statement is a moment by itself. What does not is read page by
   * page, several at a time; and where somebody changes it meanwhile, once more in a transaction.
   */
  async function read(options: Options): Promise<TableRead> {
    const single = dataApi.query(options);
    const alone = await planned(single, options, { mostAnswers: 1 });
    if (alone !== undefined) {
      const records = await recordsOf(single, alone, { atOnce: pagesAtOnce, mostAnswers: 1 });
      if (records !== undefined) return result(options, alone, records);
    }
    return dataApi.readTransaction(options, async (query) => {
      const all = { atOnce: 1, mostAnswers: Number.POSITIVE_INFINITY };
      const found = await planned(query, options, all);
      const records = found && (await recordsOf(query, found, all));
      if (!found || !records)
        throw new TransactionLostError(new Error('two statements of one read are of different moments'));
      return result(options, found, records);
    });
  }

  /** @returns undefined where the plan itself takes more answers. */
  async function planned(
    query: Query,
    { pending, known = [] }: Options,
    { mostAnswers }: { mostAnswers: number },
  ): Promise<Planned | undefined> {
    const listed = JSON.stringify(known.map(({ firstKey, digest = null }) => [firstKey, digest]));
    const values = { known: listed, pending: pending.join(',') };
    const bytes = await readStream(query, planText, values, { mostAnswers });
    if (bytes === undefined) return undefined;
    const [line, rest] = lineOf(bytes);
    const header = parseHeader(line);
    if (header.current === false)
      throw new TransactionLostError(new Error('the table was replaced after the moment of the read'));
    const { differences, unknown } = compareColumns(table, header.columns ?? null);
    if (differences.length > 0) throw new DriftError(relation, differences);
    const [planLine, rows] = lineOf(rest);
    return { header, plan: Plan.parse(JSON.parse(planLine)), rows, unknown };
  }

  /** @returns undefined where the rows are not those of the plan any more. */
  async function recordsOf(
    query: Query,
    { plan, rows }: Planned,
    options: { atOnce: number; mostAnswers: number },
  ): Promise<Records | undefined> {
    const pageBytes = answerBytes(limits);
    const pages = plan.withRows
      ? [take(rowsOf(rows))]
      : await readPages(query, pageText, plan, { pageBytes, ...options }, take);
    return (
      pages && {
        records: pages.flatMap(({ records }) => records),
        hashes: pages.flatMap(({ hashes }) => hashes),
      }
    );
  }

  const take = (rows: readonly SourceRow[]): Records => ({
    records: rows.map(({ texts }) => toRecord(texts)),
    hashes: rows.map(({ hash }) => hash),
  });

  function result({ known = [] }: Options, { header, plan, unknown }: Planned, read: Records): TableRead {
    const kept = new Map(plan.kept);
    const runs = Array.from({ length: Math.max(1, known.length) }, (_, at) => {
      const keptRows = kept.get(at + 1);
      return { kept: keptRows !== undefined, rows: keptRows ?? 0 };
    });
    for (const part of plan.parts) {
      const run = runs[part.run - 1];
      if (run !== undefined) run.rows += part.rows;
    }
    return {
      ...read,
      runs,
      digest: plan.digest,
      moment: momentOf(header.snapshot),
      settled: header.settled,
      unknownColumns: unknown,
    };
  }

  /** A missing or retyped column mostly fails the statement itself; the catalogue says it better. */
  async function explain(error: unknown, options: ReadOptions): Promise<unknown> {
    if (!(error instanceof StatementError && error.sqlState?.startsWith('42'))) return error;
    const { differences } = await compareTable({ dataApi, table, relation, deadlineMs: options.deadlineMs });
    return differences.length > 0 ? new DriftError(relation, differences, { cause: error }) : error;
  }

  function toRecord(texts: (string | null)[]): Row {
    const faults: string[] = [];
    const members = table.columns.map((column, at): [string, Json] => {
      try {
        return [column.name, toJson(column, texts[at] ?? null)];
      } catch (error) {
        if (!(error instanceof ColumnError)) throw error;
        faults.push(`${column.name}: ${error.message}`);
        return [column.name, null];
      }
    });
    if (faults.length === 0) return Object.fromEntries(members);
    const key = texts[table.columns.findIndex(({ name }) => name === table.key.name)];
    throw new RowError(
      `The row of ${relation} with ${table.key.name} ${key} does not fit: ${faults.join('; ')}.`,
    );
  }

  return {
    async read(options) {
      try {
        return await read(options).catch((error: unknown) => {
          if (!(error instanceof TransactionLostError)) throw error;
          report({ name: 'table.read_again', level: 'warn', cause: error });
          return read(options);
        });
      } catch (error) {
        throw await explain(error, options);
      }
    },

    settled: async ({ pending, deadlineMs }) =>
      (await readHeader(dataApi.query({ deadlineMs }), relation, { pending, about: 'the moment' })).settled,
  };
}

function toJson(column: Column, text: string | null): Json {
  if (text !== null) return column.toJson(text);
  if (column.nullable) return null;
  throw new ColumnError('NULL, which the column may not be');
}
