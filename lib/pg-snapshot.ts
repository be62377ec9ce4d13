import * as z from './parse.ts';

/**
 * The text of PostgreSQL's `pg_current_snapshot()`, `xmin:xmax:xip,…`: which transactions a read includes. Every
 * transaction below xmin is finished, none from xmax on, and those in xip are running.
 */
export const pgSnapshotPattern = /^\d+:\d+:(\d+(,\d+)*)?$/;
export const PgSnapshot = z.string().check(z.regex(pgSnapshotPattern, 'not a pg_snapshot'));

/**
 * Whether the moment includes what a transaction did, if it committed: `pg_visible_in_snapshot` without a query.
 * @param transactionId PostgreSQL's `xid8` (the id with its epoch) in decimal; leading zeros are allowed
 */
export function includes({ snapshot }: { snapshot: string }, transactionId: string): boolean {
  const { xmin, xmax, running } = parts(snapshot);
  const xid = BigInt(transactionId);
  return xid < xmin || (xid < xmax && !running.has(xid));
}

/** The ids of a pg_snapshot's text. */
export function parts(snapshot: string): { xmin: bigint; xmax: bigint; running: Set<bigint> } {
  const [xmin = '', xmax = '', xip = ''] = PgSnapshot.parse(snapshot).split(':');
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: new Set(xip === '' ? [] : xip.split(',').map(BigInt)),
  };
}
