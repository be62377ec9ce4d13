import type { Clock } from '../clock.ts';

/** A circuit breaker: after a failure it allows one try per interval, which grows with each further failure. */
export interface Breaker {
  /** The last failure, while the breaker is open; undefined: try. */
  blocking(): { error: unknown; retryAfterMs: number } | undefined;
  failed(error: unknown): void;
  succeeded(): void;
}

const mostIntervalMs = 30_000;

/** @param firstIntervalMs after the first failure; doubles with each further failure, up to 30 s */
export function createBreaker(firstIntervalMs: number, { now }: Pick<Clock, 'now'>): Breaker {
  let failures = 0;
  let last: { error: unknown; atMs: number; intervalMs: number } | undefined;
  return {
    blocking() {
      if (last === undefined) return undefined;
      const sinceMs = now() - last.atMs;
      // A clock that went back shows no interval: try.
      if (sinceMs < 0 || sinceMs >= last.intervalMs) return undefined;
      return { error: last.error, retryAfterMs: last.intervalMs - sinceMs };
    },
    failed(error) {
      const intervalMs = Math.min(mostIntervalMs, firstIntervalMs * 2 ** Math.min(failures, 30));
      failures += 1;
      last = { error, atMs: now(), intervalMs };
    },
    succeeded() {
      failures = 0;
      last = undefined;
    },
  };
}
