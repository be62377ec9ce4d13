import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';
import type { Transactions } from './transactions.ts';

/** The database side of the server, as operations use it. */
export interface Database {
  connections: Connections;
  transactions: Transactions;
  limits: Limits;
}

export interface Call {
  /** Aborted when the client has gone away or the server closes. */
  signal: AbortSignal;
}
