import * as z from 'zod/mini';
import type { DataApi } from '../data-api/data-api.ts';
import { StatementError } from '../data-api/errors.ts';
import { relationSql, type Table } from '../tables/table.ts';
import { compareColumns, hasConstraints } from './drift.ts';
import { accessFault, type Description, describeTables } from './table-faults.ts';

/** One line about a table's file and the database, for a person. */
export interface Finding {
  /** `fault`: the table cannot be served as its file says. `note`: it can. */
  level: 'fault' | 'note';
  relation: string;
  text: string;
}

/** The SQLSTATE that the predicate's test raises to report IMMUTABLE and to roll back. */
const passed = 'OFFOK';

/**
 * Compares all tables' files with the database, without reading a row.
 * @param options.mayChangeWithTime the tables are also read at intervals, so a predicate need not be IMMUTABLE
 * @throws DatabaseUnavailableError, DatabaseAccessError
 */
export async function checkTables({
  dataApi,
  tables,
  mayChangeWithTime,
  deadlineMs,
}: {
  dataApi: Pick<DataApi, 'query'>;
  tables: readonly Table[];
  mayChangeWithTime: boolean;
  deadlineMs: number;
}): Promise<Finding[]> {
  const query = dataApi.query({ deadlineMs });
  const described = await describeTables(query, tables);
  const findings: Finding[] = [];
  for (const [at, table] of tables.entries()) {
    const say = (level: Finding['level'], text: string) =>
      findings.push({ level, relation: table.relation, text });
    const description = described[at];
    if (description === undefined) throw new TypeError('the catalogue returned fewer tables than requested');
    if (description.kind === null) {
      say('fault', 'this table or view does not exist in the database');
      continue;
    }
    const { differences, unknown } = compareColumns(table, description);
    for (const { column, expected, found } of differences)
      say('fault', `column ${column}: expected ${expected}, found ${found}`);
    for (const column of unknown)
      say('note', `column ${column}: not in the table's file, so it is not served`);
    const closed = accessFault(table, description);
    if (closed !== undefined) say('fault', closed.message);
    checkKey(table, description, say);
    if (table.where === undefined || closed !== undefined) continue;
    const fault = await predicateFault(table);
    if (fault !== undefined) say(fault.isTimeOnly && mayChangeWithTime ? 'note' : 'fault', fault.text);
  }
  return findings;

  /** @returns undefined for a predicate that compiles and is IMMUTABLE */
  async function predicateFault(table: Table): Promise<{ isTimeOnly: boolean; text: string } | undefined> {
    const compiles = await refusalOf(whereSql(table));
    if (compiles !== undefined)
      return { isTimeOnly: false, text: `where: PostgreSQL refuses it: ${compiles.message}` };
    const tried = await refusalOf(immutableSql(table));
    if (tried === undefined || tried.sqlState === passed) return undefined;
    const advice =
      'a predicate over the row alone can be followed by events; set maxReadIntervalMs for one that changes with time';
    return { isTimeOnly: true, text: `where: not IMMUTABLE: ${tried.message} (${advice})` };
  }

  async function refusalOf(sql: string) {
    try {
      await query(z.unknown(), sql);
      return undefined;
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const message = error.cause instanceof Error ? error.cause.message : error.message;
      return { sqlState: error.sqlState, message };
    }
  }
}

function checkKey(
  { key }: Table,
  { kind, uniqueColumns, inherited }: Description,
  say: (level: Finding['level'], text: string) => unknown,
) {
  if (!hasConstraints(kind)) say('note', `column ${key.column}: the key of a view is verified at every read`);
  else if (!(uniqueColumns ?? []).includes(key.column))
    say('fault', `column ${key.column}: expected a primary key or a unique index on it alone, found none`);
  else if (inherited === true)
    say('fault', `column ${key.column}: expected a unique key, found tables that inherit from this one`);
}

const whereSql = ({ relation, where }: Table) =>
  `SELECT FROM ${relationSql(relation)} AS record WHERE (${where}\n) LIMIT 0`;

/**
 * The predicate of a partial index must be IMMUTABLE: the statement creates one on an empty temporary table, and
 * raises an error to roll back.
 */
const immutableSql = ({ relation, where }: Table) => `DO $offload$ BEGIN
  CREATE TEMPORARY TABLE offload_where ON COMMIT DROP AS SELECT * FROM ${relationSql(relation)} LIMIT 0;
  CREATE INDEX ON pg_temp.offload_where ((1)) WHERE (${where}\n);
  RAISE EXCEPTION USING ERRCODE = '${passed}', MESSAGE = 'the predicate is IMMUTABLE';
END $offload$`;
