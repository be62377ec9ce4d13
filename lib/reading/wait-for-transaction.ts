import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import { includes } from '../pg-snapshot.ts';
import type { Served } from './served.ts';

/** The number of requests per container that may wait for a transaction; further ones get 503. */
const mostWaiters = 16;
const firstDelayMs = 50;
const mostDelayMs = 1_000;

/** Reads with growing delays until the list includes a transaction. Each read may revalidate the pointer. */
export function createTransactionWait({ waitMs, clock }: { waitMs: number; clock: Clock }) {
  let waiters = 0;

  /**
   * @param read called first without, then with revalidation
   * @throws UnavailableError if the list does not include it in time, or too many requests wait
   */
  return async function readIncluding(
    transactionId: string,
    read: (revalidate: boolean) => Promise<Served>,
    { deadlineMs }: { deadlineMs: number },
  ): Promise<Served> {
    const untilMs = Math.min(deadlineMs, clock.now() + waitMs);
    const first = await read(false);
    if (includes(first.entry, transactionId)) return first;
    if (waiters >= mostWaiters) throw notIncluded(transactionId);
    waiters += 1;
    try {
      for (let delayMs = firstDelayMs; ; delayMs = Math.min(mostDelayMs, delayMs * 2)) {
        if (clock.now() + delayMs > untilMs) throw notIncluded(transactionId);
        await clock.sleep(delayMs);
        const served = await read(true);
        if (includes(served.entry, transactionId)) return served;
      }
    } finally {
      waiters -= 1;
    }
  };
}

const notIncluded = (transactionId: string) =>
  new UnavailableError(
    'transaction_not_included',
    `The list does not include transaction ${transactionId} yet.`,
    {
      retryAfterMs: 1_000,
    },
  );
