import type { Clock } from '../clock.ts';
import type { DataApi } from '../data-api/data-api.ts';
import { DatabaseUnavailableError, StatementError, TransactionLostError } from '../data-api/errors.ts';
import type { Table } from '../tables/table.ts';
import type { AnswerLimits } from './answer-sql.ts';
import type { LeftOut } from './dataset-source.ts';
import { createLockWatch, lockedTables, TablesLocked } from './locks.ts';
import { planSql } from './plan-sql.ts';
import { TableChanged } from './reading.ts';
import { readStream } from './stream.ts';
import { TableLockedError, TableUnstableError } from './table-errors.ts';
import { faultsOf } from './table-faults.ts';

/**
 * Finds the tables that a failed read must leave out, and why; empty if the same read may succeed at the second try.
 * @throws the error itself, if no table caused it
 */
export type Explain = (
  error: unknown,
  present: readonly Table[],
  deadlineMs: number,
) => Promise<Map<Table, LeftOut>>;

/** For one read: it remembers which failures have happened. */
export function createExplainer({
  dataApi,
  clock,
  limits,
}: {
  dataApi: DataApi;
  clock: Clock;
  limits: AnswerLimits;
}): Explain {
  const before = new Set<unknown>();

  return async (error, present, deadlineMs) => {
    if (error instanceof TablesLocked) return locked(error.tables, error);
    if (error instanceof TableChanged) {
      if (isFirst(error.table)) return new Map();
      if (error.how === 'replaced') return locked([error.table], error);
      return new Map([[error.table, { reason: 'lasting', error: new TableUnstableError(error.table) }]]);
    }
    if (error instanceof TransactionLostError && isFirst(TransactionLostError)) return new Map();
    if (error instanceof DatabaseUnavailableError && isLockTimeout(error)) {
      const tablesLocked = await lockedTables(dataApi, present, { deadlineMs });
      if (tablesLocked.length > 0) return locked(tablesLocked, error);
    }
    // Without a SQLSTATE the Data API rejected the call, not PostgreSQL.
    if (!(error instanceof StatementError) || error.sqlState === undefined) throw error;
    const faults = await faultsOf(dataApi, present, error, deadlineMs, (table) => probe(table, deadlineMs));
    if (faults.size === 0) throw error;
    return new Map([...faults].map(([table, fault]) => [table, { reason: 'lasting', error: fault }]));
  };

  function probe(table: Table, deadlineMs: number) {
    const watch = createLockWatch({ dataApi, clock }, deadlineMs);
    const query = watch.over(dataApi.query(watch.options), [table]);
    const values = { known: '[[]]', pending: '' };
    return readStream(query, planSql([table], limits), values, { mostAnswers: 1 });
  }

  function isFirst(what: unknown): boolean {
    const first = !before.has(what);
    before.add(what);
    return first;
  }
}

const locked = (tables: readonly Table[], cause: Error) =>
  new Map<Table, LeftOut>(
    tables.map((table) => [table, { reason: 'locked', error: new TableLockedError(table, { cause }) }]),
  );

/** PostgreSQL's `lock_timeout`, set for the database or the role. */
const isLockTimeout = ({ cause }: Error) =>
  cause instanceof Error && cause.message.includes('SQLState: 55P03');
