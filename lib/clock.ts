/** Time as an argument, so that a test owns it. */
export interface Clock {
  /** Milliseconds since the epoch, of this machine: never compared with another machine's but for leases. */
  now(): number;
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
