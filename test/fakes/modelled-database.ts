import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { recordOf } from './records.ts';

interface Transaction {
  xid: bigint;
  /** `table/key`, or `key` of the first table. */
  rows: readonly string[];
  /** A table from which it deletes all rows but the first, or restores them. */
  empties: string | undefined;
  state: 'running' | 'committed' | 'rolled back';
}

/** The transactions that were finished at some time. After a crash, the text of a snapshot alone does not tell. */
export interface ModelledMoment {
  /** The number of earlier commits, rollbacks and crashes: it orders moments. */
  at: number;
  snapshot: string;
  finished: readonly Transaction[];
}

/**
 * A model of PostgreSQL's tables and moments. A transaction adds one to the value of each row that it changes, modulo `period`.
 * The rows of a moment depend only on its committed transactions, and the same rows can recur.
 */
export interface ModelledDatabase {
  /** Begins a transaction that changes the rows. @returns its xid */
  begin(rows: readonly string[], options?: { empties?: string }): string;
  commit(xid: string): void;
  rollBack(xid: string): void;
  /**
   * An immediate stop: rolls back the running transactions and the last unflushed commits, whose ids are assigned again.
   */
  crash(lostIds: number): void;
  isRunning(xid: string): boolean;
  /** Whether the server has assigned the id. */
  isGiven(xid: string): boolean;
  /** The number of crashes. */
  crashes(): number;
  moment(): ModelledMoment;
  /** `pg_current_snapshot()` */
  snapshot(): string;
  /** The transaction that has the id now. */
  transactionOf(xid: string): Transaction | undefined;
  /** The rows at a moment, by default now. */
  recordsIn(table?: string, moment?: ModelledMoment): StoredRecord[];
}

/** As `pg_visible_in_snapshot`, for finished transactions. */
export const isFinishedIn = ({ finished }: ModelledMoment, transaction: Transaction | undefined) =>
  transaction !== undefined && finished.includes(transaction);

/** Shared by all databases, because each record costs a hash. */
const records = new Map<string, StoredRecord>();
function recordWith(row: string, value: number): StoredRecord {
  const name = `${row} ${value}`;
  const record = records.get(name) ?? recordOf(row, value);
  records.set(name, record);
  return record;
}

export function createModelledDatabase({
  tables = { topics: ['1', '2', '3', '4'] },
  period = 1_000,
}: {
  tables?: Readonly<Record<string, readonly string[]>>;
  period?: number;
} = {}): ModelledDatabase {
  let transactions: Transaction[] = [];
  let nextXid = 700n;
  let latestCompletedXid = 699n;
  let events = 0;
  let crashes = 0;
  const firstTable = Object.keys(tables)[0] ?? '';

  function running(xid: string): Transaction {
    const transaction = transactionOf(xid);
    if (transaction?.state !== 'running') throw new TypeError(`${xid} is not running`);
    return transaction;
  }
  function transactionOf(xid: string) {
    const wanted = BigInt(xid);
    return transactions.find((one) => one.xid === wanted);
  }

  function end(xid: string, state: 'committed' | 'rolled back') {
    const transaction = running(xid);
    transaction.state = state;
    if (transaction.xid > latestCompletedXid) latestCompletedXid = transaction.xid;
    events += 1;
  }

  function snapshot() {
    const xmax = latestCompletedXid + 1n;
    const xip = transactions.filter(({ xid, state }) => state === 'running' && xid < xmax);
    return `${xip[0]?.xid ?? xmax}:${xmax}:${xip.map(({ xid }) => xid).join(',')}`;
  }

  const moment = (): ModelledMoment => ({
    at: events,
    snapshot: snapshot(),
    finished: transactions.filter(({ state }) => state !== 'running'),
  });

  return {
    begin(rows, { empties } = {}) {
      const xid = nextXid;
      nextXid += 1n;
      transactions.push({ xid, rows, empties, state: 'running' });
      return String(xid);
    },
    commit: (xid) => end(xid, 'committed'),
    rollBack: (xid) => end(xid, 'rolled back'),
    crash(lostIds) {
      const kept = BigInt(Math.max(0, transactions.length - lostIds));
      nextXid = transactions[Number(kept)]?.xid ?? nextXid;
      transactions = transactions.slice(0, Number(kept));
      for (const one of transactions) if (one.state === 'running') one.state = 'rolled back';
      latestCompletedXid = nextXid - 1n;
      events += 1;
      crashes += 1;
    },
    isRunning: (xid) => transactionOf(xid)?.state === 'running',
    isGiven: (xid) => BigInt(xid) < nextXid,
    crashes: () => crashes,
    moment,
    snapshot,
    transactionOf,
    recordsIn(table = firstTable, { finished } = moment()) {
      const committed = finished.filter(({ state }) => state === 'committed');
      const isEmptied = committed.filter(({ empties }) => empties === table).length % 2 === 1;
      const rows = tables[table] ?? [];
      return (isEmptied ? rows.slice(0, 1) : rows).map((row) => {
        const isTouched = (name: string) =>
          name === `${table}/${row}` || (table === firstTable && name === row);
        const touched = committed.filter(({ rows }) => rows.some(isTouched)).length;
        return recordWith(row, touched % period);
      });
    },
  };
}
