import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes } from './answer-sql.ts';
import { compareColumns } from './drift.ts';
import { etagOf } from './etag.ts';
import { Header, TableHeader } from './header.ts';
import type { Changes, KnownRun } from './plan.ts';
import { mostSqlCharacters } from './plan-sql.ts';
import type { Planned, PlannedGroup } from './read-plan.ts';
import type { Reading, ReadOptions } from './reading.ts';
import { digestOf, rowsOf, type SourceRow, textsOf } from './row-bytes.ts';
import { lineOf, readStream } from './stream.ts';
import { wholeSql } from './whole-sql.ts';

/** Up to this size, in bytes as JSON, rows are read faster than the database finds those that changed. */
const mostWholeBytes = 384 * 1024;

const WholeHeader = z.extend(Header, {
  /**
   * A table that is missing: null. `rows`: null if the table is not read whole. `same`: it has the known content, and
   * its rows are left out.
   */
  tables: z.array(z.nullable(z.extend(TableHeader, { rows: z.nullable(z.int()), same: z.boolean() }))),
});

/**
 * The statement that reads the tables whole.
 * @returns undefined unless the tables are small enough, by what is known of them, and ordinary, by their files
 */
export function wholeStatement(
  tables: readonly Table[],
  { known, etags }: Pick<ReadOptions, 'known' | 'etags'>,
  limits: AnswerLimits,
): string | undefined {
  const runs = tables.map(({ name }) => known.get(name) ?? []);
  const bytes = runs.flat().reduce((sum, run) => sum + run.bytes, 0);
  const isKnown = ({ name }: Table) => (known.get(name)?.length ?? 0) > 0 || etags.has(name); // an empty table has no runs
  const isSmall =
    tables.length > 0 && // or all are left out
    tables.every(isKnown) &&
    bytes <= Math.min(mostWholeBytes, answerBytes(limits) / 2) &&
    tables.every(({ relation, changedBy }) => changedBy.every((name) => name === relation));
  if (!isSmall) return undefined;
  const sql = wholeSql(tables, limits);
  return sql.length <= mostSqlCharacters ? sql : undefined;
}

/** The rows of a table as they were last read: the SHA-256 of their bytes, in hexadecimal, and their ETag. */
export interface Content {
  sha256: string;
  etag: string;
}

/**
 * Reads small tables whole, by one statement, and finds the changes here. Rows that are as they were last read, and
 * published, stay in the database.
 * @param sql of `wholeStatement` for these tables
 * @param contents by table; updated
 * @returns undefined if the tables are larger than known, not ordinary, or have a fault: then `readPlan` reads them
 */
export async function readWhole(
  { tables, queryOver }: Pick<Reading, 'tables' | 'queryOver'>,
  { pending, known, etags }: Pick<ReadOptions, 'pending' | 'known' | 'etags'>,
  sql: string,
  contents: Map<string, Content>,
): Promise<PlannedGroup | undefined> {
  const published = tables.map(({ name }) => {
    const content = contents.get(name);
    return content?.etag === etags.get(name) ? content : undefined;
  });
  const hashes = JSON.stringify(published.map((content) => content?.sha256 ?? null));
  const values = { known: hashes, pending: pending.join(',') };
  const bytes = await readStream(queryOver(tables), sql, values, { mostAnswers: 1 });
  if (bytes === undefined) return undefined;
  const [line, rest] = lineOf(bytes);
  const header = WholeHeader.parse(JSON.parse(line));
  const allRows = rowsOf(rest);
  const planned: Planned[] = [];
  const changed: SourceRow[][] = [];
  let from = 0;
  let fromByte = 0;
  for (const [at, table] of tables.entries()) {
    const described = header.tables[at];
    if (!described?.current || described.rows === null) return undefined;
    const { differences, unknown: unknownColumns } = compareColumns(table, described);
    if (differences.length > 0) return undefined;
    const runs = known.get(table.name) ?? [];
    if (described.same) {
      const content = published[at];
      const knownRows = runs.reduce((sum, { rows }) => sum + rows, 0);
      if (content === undefined || knownRows !== described.rows) return undefined;
      planned.push({ table, plan: unchanged(runs), etag: content.etag, unknownColumns });
      continue;
    }
    const rows = allRows.slice(from, from + described.rows);
    from += described.rows;
    const found = planOf(table, rows, runs);
    if (found === undefined) return undefined;
    const etag = etagOf(table.form, digestOf(rows.map(({ hash }) => hash)));
    const endByte = fromByte + sizeOf(rows);
    contents.set(table.name, { sha256: hash('sha256', rest.subarray(fromByte, endByte)), etag });
    fromByte = endByte;
    planned.push({ table, plan: found.plan, etag, unknownColumns });
    changed.push(found.changed);
  }
  return { header, planned, leftOut: new Map(), rows: changed.flat() };
}

const sizeOf = (rows: readonly SourceRow[]) => rows.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);

const unchanged = (runs: readonly KnownRun[]): Changes => ({
  kept: runs.map(({ rows }, at) => [at + 1, rows]),
  parts: [],
});

/**
 * What `planSql` would find, with a part for each changed run.
 * @param rows all rows, in key order
 * @returns undefined if a key is NULL, or not unique
 */
function planOf(table: Table, rows: readonly SourceRow[], known: readonly KnownRun[]) {
  const { compare } = keysOf(table.key.order);
  const keyAt = table.columns.findIndex(({ name }) => name === table.key.name);
  const hashes = rows.map(({ hash }) => hash);
  const plan: Changes = { kept: [], parts: [] };
  const changed: SourceRow[] = [];
  let before: string | undefined;
  let start = 0;
  let run = 1;
  let first = '';
  for (const [at, row] of rows.entries()) {
    const key = textsOf(row, keyAt + 1)[keyAt];
    if (key === undefined || key === null || key === before) return undefined;
    const begun = run;
    for (let next = known[run]; next !== undefined && compare(key, next.firstKey) >= 0; next = known[run])
      run += 1;
    if (run > begun) end(begun, at);
    if (at === start) first = key;
    before = key;
  }
  end(run, rows.length);
  return { plan, changed };

  /** Ends a run before this row. */
  function end(number: number, at: number) {
    const some = rows.slice(start, at);
    if (some.length === 0) return;
    const digest = digestOf(hashes.slice(start, at));
    start = at;
    if (digest === known[number - 1]?.digest) {
      plan.kept.push([number, some.length]);
      return;
    }
    const part = {
      run: number,
      first,
      last: before ?? first,
      rows: some.length,
      bytes: sizeOf(some),
      digest,
    };
    plan.parts.push(part);
    changed.push(...some);
  }
}
