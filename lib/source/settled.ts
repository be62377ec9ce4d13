import * as z from 'zod/mini';
import type { Query } from '../data-api/data-api.ts';
import { StatementError } from '../data-api/errors.ts';
import { pgSnapshotPattern } from '../pg-snapshot.ts';
import { settledSql } from './header.ts';

/** The error of `pg_xact_status` for an id that the server has not assigned. */
const invalidParameter = '22023';

const mostXid8 = 2n ** 64n - 1n;

/** Whether a text is in the range of PostgreSQL's `xid8`: a failing cast would fail the whole statement. */
export const isXid8 = (id: string) => /^0*\d{1,20}$/.test(id) && BigInt(id) <= mostXid8;

const Settled = z.pipe(
  z.tuple([z.string()]),
  z.transform(([json]) =>
    z
      .object({ snapshot: z.string().check(z.regex(pgSnapshotPattern)), settled: z.array(z.string()) })
      .parse(JSON.parse(json)),
  ),
);

/**
 * Which transactions are finished, and which are impossible. A running transaction may be above `xmax`, which is one
 * past the highest finished id, so `pg_xact_status` is called for ids above it. It raises for a future id, which
 * fails the statement, so each call has one id. Ids are assigned in order, so a binary search finds the first future
 * one.
 */
export async function readSettled(
  query: Query,
  pending: readonly string[],
): Promise<{ settled: readonly string[]; impossible: readonly string[] }> {
  const known = pending.filter(isXid8);
  const sql = `SELECT CAST(json_build_object(
    'snapshot', CAST(pg_current_snapshot() AS text), 'settled', ${settledSql('CAST(:pending AS text)')}) AS text)`;
  const [found] = await query(Settled, sql, { pending: known.join(',') });
  if (found === undefined) throw new TypeError('a SELECT of one row answered none');
  const [, xmax = '0'] = found.snapshot.split(':');
  const above = known
    .filter((id) => BigInt(id) >= BigInt(xmax))
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  let [from, to] = [0, above.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await isGivenOut(query, above[middle] ?? '')) from = middle + 1;
    else to = middle;
  }
  const impossible = new Set(above.slice(from));
  return {
    settled: found.settled,
    impossible: pending.filter((id) => !isXid8(id) || impossible.has(id)),
  };
}

async function isGivenOut(query: Query, id: string): Promise<boolean> {
  try {
    await query(z.unknown(), 'SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))', { id });
    return true;
  } catch (error) {
    if (error instanceof StatementError && error.sqlState === invalidParameter) return false;
    throw error;
  }
}
