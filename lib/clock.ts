/** Time as an argument, so that a test owns it. */
export interface Clock {
  /** Milliseconds since the epoch, by this machine's clock. Only leases compare it with another machine's. */
  now(): number;
  /** Resolves after `ms` milliseconds, or when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * When an invocation's work must end, by the clock: one second before Lambda's timeout, to leave time for the answer.
 */
export const deadlineOf = (context: { getRemainingTimeInMillis(): number }, nowMs: () => number) =>
  nowMs() + context.getRemainingTimeInMillis() - 1_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
    }),
};
