import { ApiError } from './api-error.ts';

const endings = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
};
export type Ending = keyof typeof endings;

/** The most ended transactions in memory. Older ones count as expired. */
const maxRemembered = 1_000;

/** Remembers why transactions ended, for the error of a later call. */
export function createEndedTransactions() {
  const ended = new Map<string, Ending>();
  return {
    add(transactionId: string, ending: Ending): void {
      ended.set(transactionId, ending);
      for (const id of ended.keys()) if (ended.size > maxRemembered) ended.delete(id);
    },
    notFound(transactionId: string): ApiError {
      const ending = endings[ended.get(transactionId) ?? 'expired'];
      return new ApiError(
        'TransactionNotFoundException',
        `Transaction ${transactionId} is not found. ${ending}`,
      );
    },
  };
}
