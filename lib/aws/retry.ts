import type { Clock } from '../clock.ts';
import { DynamoDbError, UnansweredError } from './errors.ts';

const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** The delay before the second try. It doubles with each further try, up to `longestDelayMs`. */
const firstDelayMs = 50;
const longestDelayMs = 3_000;

/**
 * Retries a call after a transient failure: no response, a server error, throttling. If an idle connection broke, the
 * retry follows without delay, because that says nothing about the server.
 * @param mostTries the bound for a reader, which has other ways to answer
 * @param untilMs the bound for a writer, which backs off until then
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

/** The delay after `tries` failed tries (from 1); half of it is jitter. */
export const backOffMs = (tries: number, random: () => number) =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1)) * (0.5 + random() / 2);

/** No answer, a fault of the server, throttling: the same call may succeed later. */
export const isPassing = (error: unknown) =>
  error instanceof UnansweredError ||
  (error instanceof DynamoDbError && (error.status >= 500 || throttled.has(error.code)));
