import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Lease } from './lease.ts';
import type { Limits } from './limits.ts';

export interface Transactions {
  /** @returns the transaction's id. */
  begin(database?: string): Promise<string>;
  /**
   * The transaction's connection, for one call at a time.
   *
   * @throws ApiError TransactionNotFoundException, or DatabaseErrorException while another call has it.
   */
  lease(transactionId: string, database?: string): Lease;
  /** Rolls the transaction back and forgets it; nothing happens if it is not there. */
  lose(transactionId: string): void;
  openCount(): number;
}

interface Transaction {
  id: string;
  connection: Connection;
  isBusy: boolean;
  idleTimer: NodeJS.Timeout | undefined;
  lifetimeTimer: NodeJS.Timeout;
}

const endings = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
};
type Ending = keyof typeof endings;

/** Ended transactions whose ending is remembered, for the message of a late call. */
const maxRemembered = 1_000;

export function createTransactions({
  connections,
  limits,
}: {
  connections: Connections;
  limits: Pick<Limits, 'transactionIdleMs' | 'transactionLifetimeMs'>;
}): Transactions {
  const open = new Map<string, Transaction>();
  const past = new Map<string, Ending>();

  /** While a call has the connection, the rollback waits until that call gives it back. */
  function finish(transaction: Transaction, ending: Ending) {
    if (!open.delete(transaction.id)) return;
    clearTimeout(transaction.idleTimer);
    clearTimeout(transaction.lifetimeTimer);
    past.set(transaction.id, ending);
    for (const id of past.keys()) if (past.size > maxRemembered) past.delete(id);
    if (!transaction.isBusy) void rollBack(transaction.connection);
  }

  async function rollBack(connection: Connection) {
    await connection.runOwn('ROLLBACK').catch(() => connection.end());
    await connections.release(connection);
  }

  function expire(transaction: Transaction) {
    finish(transaction, 'expired');
    if (transaction.isBusy)
      connections.cancel(transaction.connection).catch(() => transaction.connection.destroy());
  }

  function startIdleTimer(transaction: Transaction) {
    transaction.idleTimer = setTimeout(() => expire(transaction), limits.transactionIdleMs).unref();
  }

  function giveBack(transaction: Transaction) {
    transaction.isBusy = false;
    const { id, connection } = transaction;
    if (!open.has(id)) void rollBack(connection);
    else if (!connection.isOpen()) finish(transaction, 'aborted');
    else if (!connection.isInTransaction()) finish(transaction, 'ended');
    else startIdleTimer(transaction);
  }

  return {
    async begin(database) {
      const connection = await connections.acquire(database);
      try {
        await connection.runOwn('BEGIN');
      } catch (error) {
        void connection.end();
        throw error;
      }
      const transaction: Transaction = {
        id: randomBytes(96).toString('base64'),
        connection,
        isBusy: false,
        idleTimer: undefined,
        lifetimeTimer: setTimeout(() => expire(transaction), limits.transactionLifetimeMs).unref(),
      };
      open.set(transaction.id, transaction);
      startIdleTimer(transaction);
      void connection.ended.then(() => finish(transaction, 'aborted'));
      return transaction.id;
    },

    lease(transactionId, database) {
      const transaction = open.get(transactionId);
      if (transaction === undefined) {
        const ending = endings[past.get(transactionId) ?? 'expired'];
        throw new ApiError(
          'TransactionNotFoundException',
          `Transaction ${transactionId} is not found. ${ending}`,
        );
      }
      if (transaction.isBusy)
        throw new ApiError('DatabaseErrorException', 'Transaction is still running a query');
      const { connection } = transaction;
      if (database !== undefined && database !== connection.database) {
        throw new ApiError('BadRequestException', 'Database name is not the same as that of the transaction');
      }
      transaction.isBusy = true;
      clearTimeout(transaction.idleTimer);
      return {
        connection,
        release: () => giveBack(transaction),
        lose() {
          finish(transaction, 'aborted');
          giveBack(transaction);
        },
      };
    },

    lose(transactionId) {
      const transaction = open.get(transactionId);
      if (transaction !== undefined) finish(transaction, 'aborted');
    },

    openCount: () => open.size,
  };
}
