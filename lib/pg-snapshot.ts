import * as z from 'zod/mini';

/**
 * A moment of the database: which transactions are in what was read. PostgreSQL's `pg_current_snapshot()` as text,
 * `xmin:xmax:xip,…`: every transaction below xmin is finished, none from xmax on, and those in xip are running.
 */
export interface Moment {
  snapshot: string;
  /**
   * The count of finished transactions, `xmax` less those running below it. On one primary it grows with each commit and
   * each rollback, so of two moments the one with the higher rank is the later, and the same rank is the same data.
   */
  rank: number;
}

export const PgSnapshot = z.string().check(z.regex(/^\d+:\d+:(\d+(,\d+)*)?$/, 'not a pg_snapshot'));

export function momentOf(snapshot: string): Moment {
  const { xmax, running } = parts(snapshot);
  return { snapshot, rank: Number(xmax) - running.size };
}

/**
 * Whether what a transaction did, if it was committed, is in the moment: `pg_visible_in_snapshot` without asking.
 * @param transactionId PostgreSQL's `xid8`, the id with the epoch, in decimal: a number, however many zeros it begins with
 */
export function includes({ snapshot }: Pick<Moment, 'snapshot'>, transactionId: string): boolean {
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
