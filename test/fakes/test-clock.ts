import type { Clock } from '../../lib/clock.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
  /** Work for the next sleeps, one each. */
  meanwhile: (() => Promise<unknown>)[];
}

/** A clock that only `sleep` and `advance` move. */
export function createTestClock(startMs = 1_700_000_000_000): TestClock {
  let nowMs = startMs;
  const meanwhile: TestClock['meanwhile'] = [];
  return {
    meanwhile,
    now: () => nowMs,
    async sleep(ms) {
      await meanwhile.shift()?.();
      nowMs += ms;
    },
    advance(ms) {
      nowMs += ms;
    },
  };
}
