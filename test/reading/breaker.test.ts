import { expect, test } from '@jest/globals';
import { createBreaker } from '../../lib/reading/breaker.ts';
import { createTestClock } from '../fakes/test-clock.ts';

test('each failure doubles the delay, up to 30 s; a success resets it', () => {
  const clock = createTestClock();
  const breaker = createBreaker(1_000, clock);
  const error = new Error('down');
  expect(breaker.blocking()).toBeUndefined();
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    breaker.failed(error);
    clock.advance(waitMs - 1);
    expect(breaker.blocking()).toEqual({ error, retryAfterMs: 1 });
    clock.advance(1);
    expect(breaker.blocking()).toBeUndefined();
  }
  breaker.failed(error);
  breaker.succeeded();
  expect(breaker.blocking()).toBeUndefined();
  breaker.failed(error);
  clock.advance(1_000);
  expect(breaker.blocking()).toBeUndefined();
});

test('a clock that goes back does not prolong the delay', () => {
  const clock = createTestClock();
  const breaker = createBreaker(1_000, clock);
  breaker.failed(new Error('down'));
  clock.advance(-1);
  expect(breaker.blocking()).toBeUndefined();
});
