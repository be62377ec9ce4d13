import type { OperationName } from './operation.ts';

export interface Stats {
  /** Calls received, with those that failed. */
  calls: Record<OperationName, number>;
  /** Bytes of all response bodies. */
  responseBytes: number;
  /** Bytes of the largest response body. */
  maxResponseBytes: number;
  /** Currently open transactions. */
  openTransactions: number;
}

export interface StatsCounter {
  called(operation: OperationName): void;
  answered(bytes: number): void;
  read(): Stats;
  /** Sets the counts to 0. */
  reset(): void;
}

export function createStats(openTransactions: () => number): StatsCounter {
  const calls = new Map<OperationName, number>();
  let responseBytes = 0;
  let maxResponseBytes = 0;
  const count = (operation: OperationName) => calls.get(operation) ?? 0;

  return {
    called(operation) {
      calls.set(operation, count(operation) + 1);
    },
    answered(bytes) {
      responseBytes += bytes;
      maxResponseBytes = Math.max(maxResponseBytes, bytes);
    },
    read: () => ({
      calls: {
        ExecuteStatement: count('ExecuteStatement'),
        BatchExecuteStatement: count('BatchExecuteStatement'),
        BeginTransaction: count('BeginTransaction'),
        CommitTransaction: count('CommitTransaction'),
        RollbackTransaction: count('RollbackTransaction'),
      },
      responseBytes,
      maxResponseBytes,
      openTransactions: openTransactions(),
    }),
    reset() {
      calls.clear();
      responseBytes = 0;
      maxResponseBytes = 0;
    },
  };
}
