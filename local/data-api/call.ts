import type { Connections } from './connections.ts';
import type { FractionDigits } from './field-json.ts';
import type { Limits } from './limits.ts';
import type { Transactions } from './transactions.ts';

/** The parts of the server that operations use. */
export interface Database {
  connections: Connections;
  transactions: Transactions;
  limits: Limits;
  fractionDigits: FractionDigits;
}

export interface Call {
  /** Aborted when the client has disconnected or the server closes. */
  signal: AbortSignal;
  /** Adds a warning to the call's log event. */
  warn(sentence: string): void;
}
