import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { DataApi, Query } from '../data-api/data-api.ts';
import { DatabaseUnavailableError } from '../data-api/errors.ts';
import type { CallOptions } from '../data-api/until-deadline.ts';
import type { Table } from '../tables/table.ts';
import { relationsSql } from './catalogue-sql.ts';
import { readMark } from './rows-sql.ts';

/** How long a statement may run before the locks are checked. */
const lockPatienceMs = 2_000;

/** The time limit of that check. */
const questionMs = 5_000;

/** Locked tables that block the read of all others. */
export class TablesLocked extends Error {
  readonly tables: readonly Table[];

  constructor(tables: readonly Table[]) {
    super(`locked: ${tables.map(({ relation }) => relation).join(', ')}`);
    this.tables = tables;
  }
}

export interface LockWatch {
  /** Options for the read's calls: all are aborted when one of them is blocked. */
  options: CallOptions;
  /** The same query over these tables; it throws TablesLocked if they block it. */
  over(query: Query, tables: readonly Table[]): Query;
}

/** Watches a read's statements: for every 2 s without a response, another statement looks for locked tables. */
export function createLockWatch(
  { dataApi, clock }: { dataApi: Pick<DataApi, 'query'>; clock: Clock },
  deadlineMs: number,
): LockWatch {
  const held = new AbortController();

  async function watch<T>(answering: Promise<T>, tables: readonly Table[]): Promise<T> {
    const answered = new AbortController();
    const answer = answering.finally(() => answered.abort('answered')); // without a reason, it makes an error with a stack
    const isAnswered = answer.then(
      () => true,
      () => true,
    );
    const patience = () => clock.sleep(lockPatienceMs, answered.signal).then(() => answered.signal.aborted);
    while (!(await Promise.race([isAnswered, patience()]))) {
      const deadline = Math.min(deadlineMs, clock.now() + questionMs);
      const locked = await lockedTables(dataApi, tables, { deadlineMs: deadline }).catch(asNone);
      if (locked.length > 0 && !answered.signal.aborted) held.abort(new TablesLocked(locked));
    }
    return answer;
  }

  return {
    options: { deadlineMs, signal: held.signal },
    over: (query, tables) => (row, sql, values) => watch(query(row, sql, values), tables),
  };
}

/**
 * Finds the tables that cannot be read now: one of our statements waits for a lock that it needs, or another session
 * holds an ACCESS EXCLUSIVE lock. (A session that waits for that lock behind our read does not block it.) The read
 * locks the relation, its partitions and children, the relations of a view, and their indexes, which the planner
 * locks too.
 */
export async function lockedTables(
  dataApi: Pick<DataApi, 'query'>,
  tables: readonly Table[],
  options: CallOptions,
): Promise<Table[]> {
  const sql = `
WITH RECURSIVE ${relationsSql(tables)}, needed (nth, id) AS (
  SELECT nth, id FROM relation
  UNION
  SELECT nth, next FROM needed, LATERAL (
    SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = needed.id
    UNION ALL
    SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = needed.id
    UNION ALL
    SELECT refobjid FROM pg_catalog.pg_rewrite JOIN pg_catalog.pg_depend ON objid = pg_rewrite.oid
    WHERE ev_class = needed.id AND classid = 'pg_catalog.pg_rewrite'::regclass
      AND refclassid = 'pg_catalog.pg_class'::regclass
  ) AS made_of (next)
)
SELECT DISTINCT nth FROM needed JOIN pg_catalog.pg_locks ON pg_locks.relation = needed.id
WHERE locktype = 'relation' AND pid <> pg_backend_pid()
  AND CASE WHEN granted THEN mode = 'AccessExclusiveLock' ELSE EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity AS reader WHERE reader.pid = pg_locks.pid AND query LIKE '${readMark}%') END
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`;
  const found = await dataApi.query(options)(z.tuple([z.int()]), sql);
  return tables.filter((_, at) => found.some(([nth]) => nth === at));
}

/** If the check has no response either, the read goes on until its own deadline. */
function asNone(error: unknown): Table[] {
  if (error instanceof DatabaseUnavailableError) return [];
  throw error;
}
