import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import type { Connection } from './connection.ts';
import { runLeased } from './lease.ts';
import type { BeginTransactionRequest, EndTransactionRequest } from './requests.ts';

/** Each returns the response's JSON text. */

export async function beginTransaction(
  { database }: BeginTransactionRequest,
  _call: Call,
  { transactions }: Database,
) {
  return JSON.stringify({ transactionId: await transactions.begin(database) });
}

export async function commitTransaction(request: EndTransactionRequest, call: Call, on: Database) {
  return end(request, call, on, async (connection) => {
    const { command } = await connection.runOwn('COMMIT').catch(async (error: unknown) => {
      // The failed COMMIT has ended the transaction; a successful statement makes the connection know it.
      await connection.runOwn('ROLLBACK').catch(() => {});
      throw error;
    });
    // PostgreSQL rolls back, and reports no error, when a statement of the transaction has failed.
    if (command !== 'COMMIT') {
      throw new ApiError(
        'DatabaseErrorException',
        'ERROR: the transaction was rolled back, because a statement in it had failed; SQLState: 25P02',
      );
    }
    return 'Transaction Committed';
  });
}

export async function rollbackTransaction(request: EndTransactionRequest, call: Call, on: Database) {
  return end(request, call, on, async (connection) => {
    await connection.runOwn('ROLLBACK');
    return 'Rollback Complete';
  });
}

async function end(
  { transactionId }: EndTransactionRequest,
  { signal }: Call,
  { transactions, connections, limits }: Database,
  work: (connection: Connection) => Promise<string>,
) {
  const bounds = { timeoutMs: limits.statementTimeoutMs, continueAfterTimeout: false, signal };
  const transactionStatus = await runLeased(transactions.lease(transactionId), connections, bounds, work);
  return JSON.stringify({ transactionStatus });
}
