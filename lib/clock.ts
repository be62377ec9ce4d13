/** Time as an argument, so that a test owns it. */
export interface Clock {
  /** Milliseconds since the epoch, of this machine: never compared with another machine's but for leases. */
  now(): number;
  /** Resolves after `ms` milliseconds, or once the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** When, by the clock, an invocation's work must be over: a second before Lambda ends it, for the answer. */
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
