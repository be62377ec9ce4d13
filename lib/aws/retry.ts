import type { Clock } from '../clock.ts';
import { DynamoDbError, UnansweredError } from './errors.ts';

const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Before the second try; twice as long before each one after it. */
const firstDelayMs = 50;

/**
 * Repeats a call that failed for a passing reason: no answer, a fault of the server's, too many calls. The cache has no
 * time to lose: the delays are short. A connection that was closed while nobody used it says nothing of the server, so
 * then there is none.
 *
 * @param random 0 ≤ value < 1, for the jitter
 */
export async function retry<T>(
  call: () => Promise<T>,
  { mostTries, clock, random }: { mostTries: number; clock: Pick<Clock, 'sleep'>; random: () => number },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (tries >= mostTries || !isPassing(error)) throw error;
      if (error instanceof UnansweredError && error.wasIdle) continue;
      await clock.sleep(firstDelayMs * 2 ** (tries - 1) * (0.5 + random() / 2));
    }
  }
}

const isPassing = (error: unknown) =>
  error instanceof UnansweredError ||
  (error instanceof DynamoDbError && (error.status >= 500 || throttled.has(error.code)));
