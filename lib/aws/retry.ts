import type { Clock } from '../clock.ts';
import { DynamoDbError, UnansweredError } from './errors.ts';

const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Before the second try; twice as long before each one after it, up to the longest. */
const firstDelayMs = 50;
const longestDelayMs = 3_000;

/**
 * Repeats a call that failed for a passing reason: no answer, a fault of the server, throttling. A connection that was
 * closed while it was idle says nothing about the server, so the call is repeated without a delay.
 *
 * @param mostTries for a reader, who has other ways to an answer and no time to lose
 * @param untilMs for a writer, by the clock: it backs off until then instead
 * @param random 0 ≤ value < 1, for the jitter
 */
export async function retry<T>(
  call: () => Promise<T>,
  {
    mostTries,
    untilMs,
    clock,
    random,
  }: { mostTries: number; untilMs?: number | undefined; clock: Clock; random: () => number },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || (untilMs === undefined && tries >= mostTries)) throw error;
      if (error instanceof UnansweredError && error.wasIdle) continue;
      const delayMs = backOffMs(tries, random);
      if (untilMs !== undefined && clock.now() + delayMs >= untilMs) throw error;
      await clock.sleep(delayMs);
    }
  }
}

/** The delay after so many tries that failed, from 1: half of it is jitter. */
export const backOffMs = (tries: number, random: () => number) =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1)) * (0.5 + random() / 2);

/** No answer, a fault of the server, throttling: the same call may succeed later. */
export const isPassing = (error: unknown) =>
  error instanceof UnansweredError ||
  (error instanceof DynamoDbError && (error.status >= 500 || throttled.has(error.code)));
