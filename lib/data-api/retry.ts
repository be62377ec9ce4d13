import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import { classify, type Failure } from './classify.ts';
import { DatabaseUnavailableError } from './errors.ts';

type Passing = Exclude<Failure['kind'], 'final'>;

/** Per kind of failure: the delays between tries, how long to go on at most, and what to tell a caller when it was in vain. */
const patience: Record<Passing, { firstMs: number; mostMs: number; forMs: number; retryAfterMs: number }> = {
  resuming: { firstMs: 500, mostMs: 2_000, forMs: Infinity, retryAfterMs: 15_000 },
  throttled: { firstMs: 100, mostMs: 2_000, forMs: Infinity, retryAfterMs: 2_000 },
  broken: { firstMs: 50, mostMs: 1_000, forMs: 5_000, retryAfterMs: 5_000 },
};

export interface RetryDeps {
  clock: Clock;
  /** 0 ≤ value < 1, for the jitter. */
  random: () => number;
  report: Report;
}

export interface CallOptions {
  /** When to give up, by the clock. */
  deadlineMs: number;
  /** To give up earlier. What the database does meanwhile goes on there. */
  signal?: AbortSignal;
}

/** The longest time that a timer can be set to, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Repeats a call that failed for a passing reason, with growing and jittered delays, until `deadlineMs` (by the clock).
 * A call that is not answered by then is aborted, and so is one whose caller gives up by its `signal`.
 * This is the only retry there is: the SDK's is switched off, so that the two do not multiply.
 *
 * @throws DatabaseUnavailableError when time is up; the signal's reason; any other error at once, as `classify` names it.
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
      // A cluster that wakes up may fail in another way in the end: each kind has its own time.
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
