import type { Delays, NextTry } from '../retry.ts';
import { DynamoDbError, UnansweredError } from './errors.ts';

const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

export const delays: Delays = { firstMs: 50, mostMs: 3_000 };

/** No answer, a fault of the server, throttling: the same call may succeed later. */
export const isPassing = (error: unknown) =>
  error instanceof UnansweredError ||
  (error instanceof DynamoDbError && (error.status >= 500 || throttled.has(error.code)));

/**
 * Decides about the next try of a call, for `retry`. If an idle connection broke, the next try follows at once,
 * because that says nothing about the server.
 * @param bounds.mostTries the bound for a reader, which has other ways to answer
 * @param bounds.untilMs the bound for a writer, which backs off until then
 */
export const nextTry =
  ({ mostTries, untilMs }: { mostTries: number; untilMs?: number | undefined }) =>
  (error: unknown, tries: number): NextTry => {
    if (!isPassing(error) || (untilMs === undefined && tries >= mostTries)) throw error;
    const isAtOnce = error instanceof UnansweredError && error.wasIdle;
    return {
      delays: isAtOnce ? undefined : delays,
      untilMs: untilMs ?? Number.POSITIVE_INFINITY,
      tooLate: error,
    };
  };
