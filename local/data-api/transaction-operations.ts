import type { Call, Database } from './call.ts';
import type { Connection } from './connection.ts';
import { runLeased } from './lease.ts';
import type { BeginTransactionRequest, EndTransactionRequest } from './requests.ts';

/** Each operation returns the response's JSON text. */

export async function beginTransaction(
  { database }: BeginTransactionRequest,
  { signal }: Call,
  { transactions, limits }: Database,
) {
  const transactionId = await transactions.begin(database, bounds(limits.statementTimeoutMs, signal));
  return JSON.stringify({ transactionId });
}

export async function commitTransaction(request: EndTransactionRequest, call: Call, on: Database) {
  return end(request, call, on, async (connection) => {
    const { command } = await connection.runOwn('COMMIT');
    // As in PostgreSQL, the COMMIT of a failed transaction succeeds, and its tag says ROLLBACK.
    if (command !== 'COMMIT') {
      call.warn('PostgreSQL rolled the transaction back, because one of its statements had failed');
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
  const lease = transactions.lease(transactionId, { isLast: true });
  const limit = bounds(limits.statementTimeoutMs, signal);
  return JSON.stringify({ transactionStatus: await runLeased(lease, connections, limit, work) });
}

const bounds = (timeoutMs: number, signal: AbortSignal) => ({
  timeoutMs,
  continueAfterTimeout: false,
  signal,
});
