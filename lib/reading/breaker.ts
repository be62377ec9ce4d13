import type { Clock } from '../clock.ts';

/** Keeps a container from asking somebody who has just failed: one try per interval, which grows with each failure. */
export interface Breaker {
  /** What the last try has thrown, while the next one has to wait; undefined: try. */
  blocking(): { error: unknown; retryAfterMs: number } | undefined;
  failed(error: unknown): void;
  succeeded(): void;
}

const mostIntervalMs = 30_000;

/** @param firstIntervalMs after the first failure; twice as much after each further one, up to 30 s */
export function createBreaker(firstIntervalMs: number, { now }: Pick<Clock, 'now'>): Breaker {
  let failures = 0;
  let last: { error: unknown; atMs: number; intervalMs: number } | undefined;
  return {
    blocking() {
      if (last === undefined) return undefined;
      const sinceMs = now() - last.atMs;
      // A clock that has gone back says nothing: try.
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
