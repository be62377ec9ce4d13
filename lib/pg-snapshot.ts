import * as z from './parse.ts';

/**
 * PostgreSQL's `pg_current_snapshot()` as text, `xmin:xmax:xip,…`: which transactions are in what was read. Every
 * transaction below xmin is finished, none from xmax on, and those in xip are running.
 */
export const pgSnapshotPattern = /^\d+:\d+:(\d+(,\d+)*)?$/;
export const PgSnapshot = z.string().check(z.regex(pgSnapshotPattern, 'not a pg_snapshot'));

/**
 * Whether what a transaction did, if it was committed, is in the moment: `pg_visible_in_snapshot` without asking.
 * @param transactionId PostgreSQL's `xid8`, the id with the epoch, in decimal: a number, however many zeros it begins with
 */
export function includes({ snapshot }: { snapshot: string }, transactionId: string): boolean {
  const { xmin, xmax, running } = parts(snapshot);
  const xid = BigInt(transactionId);
  return xid < xmin || (xid < xmax && !running.has(xid));
}

/** The ids of a snapshot's text. */
export function parts(snapshot: string): { xmin: bigint; xmax: bigint; running: Set<bigint> } {
  const [xmin = '', xmax = '', xip = ''] = PgSnapshot.parse(snapshot).split(':');
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: new Set(xip === '' ? [] : xip.split(',').map(BigInt)),
  };
}
