import * as z from 'zod/mini';
import type { DataApi, Query } from '../data-api/data-api.ts';
import { StatementError, TransactionLostError } from '../data-api/errors.ts';
import { CodedError } from '../errors.ts';
import type { Report } from '../report.ts';
import { compareColumns, compareTable, DriftError } from './drift.ts';
import { parseHeader, readHeader } from './header.ts';
import type { Json } from './json-text.ts';
import { type Moment, momentOf } from './moment.ts';
import { type PageLimits, pageSql } from './page-sql.ts';
import type { Table } from './table.ts';

/** A whole table at one moment: plain records, detached from the database, in primary-key order. */
export interface TableRead<Row> {
  records: Row[];
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

export interface TableReader<Row> {
  /**
   * @throws DriftError, RowError; DatabaseUnavailableError, TransactionLostError (after a second try),
   * DatabaseAccessError, StatementError.
   */
  read(options: ReadOptions): Promise<TableRead<Row>>;
  /** Which of the pending transactions are finished now: one small statement, the table is not touched. */
  settled(options: ReadOptions): Promise<string[]>;
}

/** A row holds what its schema does not allow. The message names the row and the field, and shows no content. */
export class RowError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('row_invalid', message, options);
  }
}

const Texts = z.tuple([z.string()]);

/** One check for a line: a schema for each of its texts costs four microseconds more, a tenth of a whole read. */
const Line = z.custom<(string | null)[]>(
  (value) => Array.isArray(value) && value.every((text) => text === null || typeof text === 'string'),
  'not a line of texts',
);

export function createTableReader<Row extends Record<string, Json>>({
  dataApi,
  table,
  relation,
  limits,
  report,
}: {
  dataApi: DataApi;
  table: Table<Row>;
  /** `schema.table` */
  relation: string;
  limits: PageLimits;
  report: Report;
}): TableReader<Row> {
  const firstSql = pageSql(table, relation, { ...limits, first: true });
  const nextSql = pageSql(table, relation, { ...limits, first: false });

  async function read(options: ReadOptions): Promise<TableRead<Row>> {
    return dataApi.readTransaction(options, async (query) => {
      const pending = options.pending.join(',');
      const first = await readPage(query, firstSql, { pending });
      if (first.header.current === false)
        throw new TransactionLostError(new Error('the table was replaced after the moment of the read'));
      const { differences, unknown } = compareColumns(table, first.header.columns ?? null);
      if (differences.length > 0) throw new DriftError(relation, differences);

      const records = first.lines.map(toRecord);
      for (let page = first; page.more; ) {
        const after = keyOf(page.lines.at(-1));
        page = await readPage(query, nextSql, { after, pending });
        if (page.header.snapshot !== first.header.snapshot)
          throw new TransactionLostError(new Error('two pages of one read are of different moments'));
        for (const line of page.lines) records.push(toRecord(line));
      }
      const { snapshot, settled } = first.header;
      return { records, moment: momentOf(snapshot), settled, unknownColumns: unknown };
    });
  }

  /** A missing or retyped column mostly fails the statement itself; the catalogue says it better. */
  async function explain(error: unknown, options: ReadOptions): Promise<unknown> {
    if (!(error instanceof StatementError && error.sqlState?.startsWith('42'))) return error;
    const { differences } = await compareTable({ dataApi, table, relation, deadlineMs: options.deadlineMs });
    return differences.length > 0 ? new DriftError(relation, differences, { cause: error }) : error;
  }

  function toRecord(line: (string | null)[]): Row {
    const texts = Object.fromEntries(table.columns.map(({ name }, at) => [name, line[at] ?? null]));
    const result = z.safeParse(table.record, texts);
    if (result.success) return result.data;
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new RowError(
      `The row of ${relation} with ${table.key.name} ${keyOf(line)} does not fit: ${faults.join('; ')}.`,
    );
  }

  const keyAt = table.columns.findIndex(({ name }) => name === table.key.name);
  const keyOf = (line: (string | null)[] | undefined) => line?.[keyAt] ?? null;

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

    async settled({ pending, deadlineMs }) {
      const header = await readHeader(dataApi.query({ deadlineMs }), relation, {
        pending,
        about: 'the moment',
      });
      return header.settled;
    },
  };
}

/** All blocks of one page, however many answers they take. */
async function readPage(query: Query, sql: string, values: { pending: string; after?: string | null }) {
  const blocks: string[] = [];
  for (;;) {
    const rows = await query(Texts, sql, { ...values, skip: blocks.length });
    for (const [block] of rows) blocks.push(block);
    const lines = blocks.join('').split('\n');
    const end = lines.at(-1) === '' ? lines.at(-2) : undefined;
    if (end === 'more' || end === 'end') {
      const [header = '', ...rest] = lines.slice(0, -2);
      return {
        header: parseHeader(header),
        lines: rest.map((line) => Line.parse(JSON.parse(line))),
        more: end === 'more',
      };
    }
    if (rows.length === 0) throw new TypeError('a page ended without its last line');
  }
}
