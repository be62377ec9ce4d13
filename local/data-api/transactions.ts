import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { createEndedTransactions, type Ending } from './ended-transactions.ts';
import { type CallBounds, type Lease, runLeased } from './lease.ts';
import type { Limits } from './limits.ts';

export interface Transactions {
  /** @returns the transaction's id. */
  begin(database: string | undefined, bounds: CallBounds): Promise<string>;
  /**
   * Lends the transaction's connection to one call at a time.
   *
   * @param isLast the transaction ends when the connection is given back, whether the call succeeded or not.
   * @throws ApiError TransactionNotFoundException, or DatabaseErrorException while another call has it.
   */
  lease(transactionId: string, use?: { database?: string | undefined; isLast?: boolean }): Lease;
  isOpen(transactionId: string): boolean;
  /** Rolls the transaction back. Does nothing when it is not open. */
  lose(transactionId: string): void;
  openCount(): number;
}

interface Transaction {
  id: string;
  connection: Connection;
  isBusy: boolean;
  idleTimer: NodeJS.Timeout | undefined;
  lifetimeTimer: NodeJS.Timeout | undefined;
}

const newTransaction = (connection: Connection): Transaction => ({
  id: randomBytes(96).toString('base64'),
  ...{ connection, isBusy: false, idleTimer: undefined, lifetimeTimer: undefined },
});

/**
 * Transactions outlive SQL `COMMIT` and `ROLLBACK`: only their own operations, a limit, or the loss of the
 * connection end them. After SQL `COMMIT` each statement commits by itself.
 */
export function createTransactions({
  connections,
  limits,
}: {
  connections: Connections;
  limits: Pick<Limits, 'transactionIdleMs' | 'transactionLifetimeMs'>;
}): Transactions {
  const open = new Map<string, Transaction>();
  const ended = createEndedTransactions();

  /** While a call has the connection, the rollback waits until that call gives it back. */
  function finish(transaction: Transaction, ending: Ending) {
    if (!open.delete(transaction.id)) return;
    clearTimeout(transaction.idleTimer);
    clearTimeout(transaction.lifetimeTimer);
    ended.add(transaction.id, ending);
    if (!transaction.isBusy) void rollBack(transaction.connection, connections);
  }

  function expire(transaction: Transaction) {
    finish(transaction, 'expired');
    if (transaction.isBusy)
      connections.cancel(transaction.connection).catch(() => transaction.connection.destroy());
  }

  function startIdleTimer(transaction: Transaction) {
    transaction.idleTimer = setTimeout(() => expire(transaction), limits.transactionIdleMs).unref();
  }

  function giveBack(transaction: Transaction, isLast: boolean) {
    transaction.isBusy = false;
    if (!open.has(transaction.id)) void rollBack(transaction.connection, connections);
    else if (!transaction.connection.isOpen()) finish(transaction, 'aborted');
    else if (isLast) finish(transaction, 'ended');
    else startIdleTimer(transaction);
  }

  function add(connection: Connection) {
    const transaction = newTransaction(connection);
    transaction.lifetimeTimer = setTimeout(() => expire(transaction), limits.transactionLifetimeMs).unref();
    open.set(transaction.id, transaction);
    startIdleTimer(transaction);
    void connection.ended.then(() => finish(transaction, 'aborted'));
    return transaction.id;
  }

  return {
    begin: async (database, bounds) => add(await beginOn(connections, database, bounds)),

    lease(transactionId, { database, isLast = false } = {}) {
      const transaction = open.get(transactionId);
      if (transaction === undefined) throw ended.notFound(transactionId);
      refuseUse(transaction, database);
      transaction.isBusy = true;
      clearTimeout(transaction.idleTimer);
      return {
        connection: transaction.connection,
        release: () => giveBack(transaction, isLast),
        lose() {
          finish(transaction, 'aborted');
          giveBack(transaction, isLast);
        },
      };
    },

    isOpen: (transactionId) => open.has(transactionId),

    lose(transactionId) {
      const transaction = open.get(transactionId);
      if (transaction !== undefined) finish(transaction, 'aborted');
    },

    openCount: () => open.size,
  };
}

function refuseUse({ isBusy, connection }: Transaction, database: string | undefined) {
  if (isBusy) throw new ApiError('DatabaseErrorException', 'Transaction is still running a query');
  if (database !== undefined && database !== connection.database) {
    throw new ApiError('BadRequestException', 'Database name is not the same as that of the transaction');
  }
}

async function beginOn(connections: Connections, database: string | undefined, bounds: CallBounds) {
  const connection = await connections.acquire(database);
  const keep = () => {};
  try {
    const lease = { connection, release: keep, lose: keep };
    await runLeased(lease, connections, bounds, () => connection.runOwn('BEGIN'));
    return connection;
  } catch (error) {
    void connection.end();
    throw error;
  }
}

/** Puts a session back into use, without the effects of an open transaction. */
async function rollBack(connection: Connection, connections: Connections) {
  if (connection.isInTransaction()) await connection.runOwn('ROLLBACK').catch(() => connection.end());
  await connections.release(connection);
}
