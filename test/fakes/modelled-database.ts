import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { recordOf } from './records.ts';

interface Transaction {
  xid: bigint;
  rows: readonly string[];
  state: 'running' | 'committed' | 'rolled back';
}

/**
 * A table in PostgreSQL as far as snapshots are concerned. A transaction adds one to the value of the rows it touches,
 * modulo `period`: what a moment shows is a function of which transactions are committed in it, and can come again.
 */
export interface ModelledDatabase {
  /** The transaction has its id, and has touched the rows. @returns its xid. */
  begin(rows: readonly string[]): string;
  commit(xid: string): void;
  rollBack(xid: string): void;
  /** `pg_current_snapshot()` */
  snapshot(): string;
  /** How many transactions are finished. */
  finished(): number;
  isFinishedIn(snapshot: string, xid: string): boolean;
  /** What a read in this snapshot finds. Only for snapshots that were taken. */
  recordsIn(snapshot: string): StoredRecord[];
}

export function createModelledDatabase({
  rows = ['1', '2', '3', '4'],
  period = 1_000,
}: {
  rows?: readonly string[];
  period?: number;
} = {}): ModelledDatabase {
  const transactions: Transaction[] = [];
  let nextXid = 700n;
  let latestCompletedXid = 699n;
  /** What was finished when a snapshot was taken: the truth, not what its text says. */
  const taken = new Map<string, readonly Transaction[]>();

  function end(xid: string, state: 'committed' | 'rolled back') {
    const transaction = transactions.find((one) => String(one.xid) === xid);
    if (transaction?.state !== 'running') throw new TypeError(`${xid} is not running`);
    transaction.state = state;
    if (transaction.xid > latestCompletedXid) latestCompletedXid = transaction.xid;
  }

  function finishedIn(snapshot: string) {
    const finished = taken.get(snapshot);
    if (finished === undefined) throw new TypeError(`nobody has taken the snapshot ${snapshot}`);
    return finished;
  }

  return {
    begin(rows) {
      const xid = nextXid;
      nextXid += 1n;
      transactions.push({ xid, rows, state: 'running' });
      return String(xid);
    },
    commit: (xid) => end(xid, 'committed'),
    rollBack: (xid) => end(xid, 'rolled back'),
    snapshot() {
      const xmax = latestCompletedXid + 1n;
      const xip = transactions.filter(({ xid, state }) => state === 'running' && xid < xmax);
      const text = `${xip[0]?.xid ?? xmax}:${xmax}:${xip.map(({ xid }) => xid).join(',')}`;
      if (!taken.has(text))
        taken.set(
          text,
          transactions.filter(({ state }) => state !== 'running').map((one) => ({ ...one })),
        );
      return text;
    },
    finished: () => 700 + transactions.filter(({ state }) => state !== 'running').length,
    isFinishedIn: (snapshot, xid) => finishedIn(snapshot).some((one) => String(one.xid) === xid),
    recordsIn(snapshot) {
      const committed = finishedIn(snapshot).filter(({ state }) => state === 'committed');
      return rows.map((row) => {
        const touched = committed.filter(({ rows }) => rows.includes(row)).length;
        return recordOf(row, touched % period);
      });
    },
  };
}
