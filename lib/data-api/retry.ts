import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import { classify, type Failure } from './classify.ts';
import { DatabaseUnavailableError } from './errors.ts';

type Passing = Exclude<Failure['kind'], 'final'>;

/**
 * For each kind of failure: the delays between tries, the time after which to give up, and the caller's Retry-After.
 */
const patience: Record<Passing, { firstMs: number; mostMs: number; forMs: number; retryAfterMs: number }> = {
  resuming: { firstMs: 500, mostMs: 2_000, forMs: Infinity, retryAfterMs: 15_000 },
  throttled: { firstMs: 100, mostMs: 2_000, forMs: Infinity, retryAfterMs: 2_000 },
  broken: { firstMs: 50, mostMs: 1_000, forMs: 5_000, retryAfterMs: 5_000 },
};

export interface RetryDeps {
  clock: Clock;
  /** Returns 0 ≤ value < 1, for the jitter. */
  random: () => number;
  report: Report;
}

export interface CallOptions {
  /** When to give up, by the clock. */
  deadlineMs: number;
  /** Gives up earlier. The database may go on with the statement. */
  signal?: AbortSignal;
}

/** The longest delay of a Node timer, in ms; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Retries a call after a transient failure, with exponential back-off and jitter, until `deadlineMs` (by the clock).
 * At the deadline, or on `signal`, the call in progress is aborted. The SDK's own retry is off, so that the two do
 * not multiply.
 * @throws DatabaseUnavailableError at the deadline; the signal's reason; any other error at once, as `classify` names
 * it.
 */
export async function retry<T>(
  call: (abortSignal: AbortSignal) => Promise<T>,
  { clock, random, report }: RetryDeps,
  { deadlineMs, signal, inTransaction }: CallOptions & { inTransaction: boolean },
): Promise<T> {
  let since: { kind: Passing; ms: number } | undefined;
  for (let attempt = 0; ; attempt += 1) {
    const leftMs = Math.ceil(deadlineMs - clock.now());
    const timeout = AbortSignal.timeout(Math.min(longestTimerMs, Math.max(1, leftMs)));
    try {
      return await call(signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
    } catch (error) {
      signal?.throwIfAborted();
      const failure = classify(error, inTransaction);
      if (failure.kind === 'final') throw failure.error;
      const { firstMs, mostMs, forMs, retryAfterMs } = patience[failure.kind];
      const delayMs = Math.min(mostMs, firstMs * 2 ** attempt) * (0.5 + random() / 2);
      // A cluster that is waking up may fail in several ways: each kind has its own time limit.
      if (since?.kind !== failure.kind) since = { kind: failure.kind, ms: clock.now() };
      if (clock.now() + delayMs > Math.min(deadlineMs, since.ms + forMs))
        throw new DatabaseUnavailableError(error, retryAfterMs);
      report({
        name: 'database.retried',
        level: 'warn',
        reason: failure.kind,
        attempt: attempt + 1,
        delayMs,
      });
      await clock.sleep(delayMs);
    }
  }
}
