import { ApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Transactions } from './transactions.ts';

/** A connection for the duration of one call, which calls one of the two methods once. */
export interface Lease {
  connection: Connection;
  release(): void;
  /** Gives the connection back and rolls its transaction back. */
  lose(): void;
}

/** Leases the connection of the request's transaction, or one outside of any transaction. */
export async function leaseFor(
  { transactionId, database }: { transactionId?: string | undefined; database?: string | undefined },
  { connections, transactions }: { connections: Connections; transactions: Transactions },
): Promise<Lease> {
  if (transactionId !== undefined) return transactions.lease(transactionId, { database });
  const connection = await connections.acquire(database);
  const release = () => void connections.release(connection);
  return { connection, release, lose: release };
}

/** What can interrupt a call. */
export interface CallBounds {
  timeoutMs: number;
  /** After the timeout the statement continues, and keeps its connection until it ends. */
  continueAfterTimeout: boolean;
  /** Aborted when the client has disconnected or the server closes. */
  signal: AbortSignal;
}

/**
 * Runs a call's work on a leased connection, and gives the connection back when the work has ended. With
 * `continueAfterTimeout` that is after the call has failed.
 *
 * @param work must start no further statement once its signal is aborted.
 * @throws ApiError StatementTimeoutException, or the signal's reason, after PostgreSQL has cancelled the statement.
 */
export async function runLeased<T>(
  { connection, release, lose }: Lease,
  connections: Connections,
  { timeoutMs, continueAfterTimeout, signal }: CallBounds,
  work: (connection: Connection, stopped: AbortSignal) => Promise<T>,
): Promise<T> {
  const interruption = Promise.withResolvers<never>();
  const onAbort = () => interruption.reject(signal.reason);
  let timeout: ApiError | undefined;
  const timer = setTimeout(() => {
    const details = { dbConnectionId: connection.pid };
    timeout = new ApiError('StatementTimeoutException', 'Request timed out', { details });
    interruption.reject(timeout);
  }, timeoutMs);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);

  const stop = new AbortController();
  const working = work(connection, stop.signal);
  const settled = working.then(release, (error: unknown) => {
    if (error instanceof ApiError && error.losesTransaction) lose();
    else release();
  });
  try {
    return await Promise.race([working, interruption.promise]);
  } catch (error) {
    const interrupted = error === timeout || (signal.aborted && error === signal.reason);
    if (interrupted && !(error === timeout && continueAfterTimeout)) {
      stop.abort(error);
      await connections.cancel(connection).catch(() => connection.destroy());
      await settled;
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
