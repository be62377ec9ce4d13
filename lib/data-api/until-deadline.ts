import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import { type Delays, retry } from '../retry.ts';
import { classify, type Failure } from './classify.ts';
import { DatabaseUnavailableError } from './errors.ts';

type Passing = Exclude<Failure['kind'], 'final'>;

/**
 * For each kind of failure: the delays between tries, the time after which to give up, and the caller's Retry-After.
 */
const patience: Record<Passing, Delays & { forMs: number; retryAfterMs: number }> = {
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
 * Repeats a call after a transient failure until `deadlineMs` (by the clock). At the deadline, or on `signal`, the call
 * in progress is aborted. The SDK's own retry is off, so that the two do not multiply.
 * @throws DatabaseUnavailableError at the deadline; the signal's reason; any other error at once, as `classify` names
 * it.
 */
export async function untilDeadline<T>(
  call: (abortSignal: AbortSignal) => Promise<T>,
  { clock, random, report }: RetryDeps,
  { deadlineMs, signal, inTransaction }: CallOptions & { inTransaction: boolean },
): Promise<T> {
  let since: { kind: Passing; ms: number } | undefined;

  const once = () => {
    const leftMs = Math.ceil(deadlineMs - clock.now());
    const timeout = AbortSignal.timeout(Math.min(longestTimerMs, Math.max(1, leftMs)));
    return call(signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
  };
  const nextTry = (error: unknown, attempt: number) => {
    signal?.throwIfAborted();
    const failure = classify(error, inTransaction);
    if (failure.kind === 'final') throw failure.error;
    const { kind } = failure;
    const { forMs, retryAfterMs, ...delays } = patience[kind];
    // A cluster that is waking up may fail in several ways: each kind has its own time limit.
    if (since?.kind !== kind) since = { kind, ms: clock.now() };
    return {
      delays,
      untilMs: Math.min(deadlineMs, since.ms + forMs),
      tooLate: new DatabaseUnavailableError(error, retryAfterMs),
      report: (delayMs: number) =>
        report({ name: 'database.retried', level: 'warn', reason: kind, attempt, delayMs }),
    };
  };
  return retry(once, nextTry, { clock, random });
}
