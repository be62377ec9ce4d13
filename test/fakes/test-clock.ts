import type { Clock } from '../../lib/clock.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
  /** What happens during the next sleeps, one of them in each. */
  meanwhile: (() => Promise<unknown>)[];
}

/** A clock that stands still until somebody sleeps, or a test moves it. */
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
