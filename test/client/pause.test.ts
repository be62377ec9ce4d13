import { expect, test } from '@jest/globals';
import { createPause } from '../../client/pause.ts';
import { createRandom } from './random.ts';

test('a pause ends after a few timers, however coarse the clock is', async () => {
  const random = createRandom(1);
  let nowMs = 2 ** 43; // steps of 2 microseconds
  let timers = 0;
  const setTimer = (call: () => void, delayMs: number) => {
    timers += 1;
    if (timers > 1_000) throw new Error('The pause sets timers for ever.');
    nowMs += delayMs;
    queueMicrotask(call);
    return () => {};
  };
  const pause = createPause(
    { nowMs: () => nowMs, random, setTimer },
    new AbortController().signal,
    () => false,
  );
  for (let turn = 0; turn < 200; turn++) {
    const startMs = nowMs;
    await pause.wait(1_000, turn % 2 === 0 ? 0 : 2_000);
    expect(nowMs - startMs).toBeGreaterThanOrEqual(750);
  }
  expect(timers).toBeLessThanOrEqual(400);
});
