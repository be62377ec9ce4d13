import { describe, expect, test } from '@jest/globals';
import { DatabaseUnavailableError, StatementError } from '../../lib/data-api/errors.ts';
import { untilDeadline } from '../../lib/data-api/until-deadline.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';

const named = (name: string, message = name) => Object.assign(new Error(message), { name });
const resuming = named('DatabaseResumingException');
const throttled = named('ThrottlingException');
const broken = named('InternalServerErrorException');

/** Fails with the next given error at each call, then succeeds. */
function attempt({ failures, forMs = 60_000 }: { failures: Error[]; forMs?: number }) {
  const clock = createTestClock();
  const startMs = clock.now();
  const reported = createReported();
  let calls = 0;
  const call = async () => {
    const failure = failures[calls];
    calls += 1;
    if (failure !== undefined) throw failure;
    return 'answer';
  };
  const deps = { clock, random: () => 0.5, report: reported.report };
  const done = untilDeadline(call, deps, { deadlineMs: startMs + forMs, inTransaction: false });
  return { done, reported, calls: () => calls, tookMs: () => clock.now() - startMs };
}

describe('a call that fails for a passing reason', () => {
  test('is repeated until it is answered', async () => {
    const { done, calls, reported } = attempt({ failures: [resuming, throttled, broken] });
    expect(await done).toBe('answer');
    expect(calls()).toBe(4);
    expect(reported.events.map(({ reason }) => reason)).toEqual(['resuming', 'throttled', 'broken']);
  });

  test('is repeated for as long as a database needs to wake up', async () => {
    const { done, tookMs } = attempt({ failures: Array(20).fill(resuming) });
    expect(await done).toBe('answer');
    expect(tookMs()).toBeGreaterThan(25_000);
  });

  test('ends before the deadline with a Retry-After', async () => {
    const { done, tookMs, reported } = attempt({ failures: Array(90).fill(resuming), forMs: 10_000 });
    const error = await done.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ retryAfterMs: 15_000, cause: resuming });
    expect(tookMs()).toBeLessThanOrEqual(10_000);
    expect(reported.events.length).toBeGreaterThan(5);
  });

  test('is given up after five seconds where it may be broken for hours', async () => {
    const { done, tookMs } = attempt({ failures: Array(90).fill(broken) });
    await expect(done).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(tookMs()).toBeLessThanOrEqual(5_000);
    expect(tookMs()).toBeGreaterThan(3_000);
  });

  test('has those five seconds also at the end of a long awakening', async () => {
    const { done } = attempt({ failures: [...Array(10).fill(resuming), broken, broken] });
    expect(await done).toBe('answer');
  });

  test('waits longer each time, up to a limit', async () => {
    const { done, reported } = attempt({ failures: Array(6).fill(throttled) });
    await done;
    expect(reported.events.map(({ delayMs }) => delayMs)).toEqual([75, 150, 300, 600, 1200, 1500]);
  });
});

test('a call that fails for any other reason is not repeated', async () => {
  const refused = named('DatabaseErrorException', 'ERROR: no; SQLState: 42703');
  const { done, calls } = attempt({ failures: [refused] });
  await expect(done).rejects.toBeInstanceOf(StatementError);
  expect(calls()).toBe(1);
});

test('a call that is not answered by the deadline is aborted', async () => {
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const hanging = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(named('AbortError')));
    });
  const startedMs = performance.now();
  const deps = { clock, random: () => 0.5, report: createReported().report };
  const keptAlive = setTimeout(() => {}, 30_000);
  const done = untilDeadline(hanging, deps, { deadlineMs: Date.now() + 100, inTransaction: false });
  await expect(done).rejects.toBeInstanceOf(DatabaseUnavailableError);
  clearTimeout(keptAlive);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

test('an aborted call rejects with the caller’s reason, without a retry', async () => {
  const giveUp = new AbortController();
  const { report, events } = createReported();
  let calls = 0;
  const call = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      calls += 1;
      signal.addEventListener('abort', () => reject(named('AbortError')));
    });
  const deps = { clock: createTestClock(), random: () => 0.5, report };
  const options = { deadlineMs: Number.POSITIVE_INFINITY, signal: giveUp.signal, inTransaction: false };
  const done = untilDeadline(call, deps, options);
  giveUp.abort(new Error('a table is locked'));
  await expect(done).rejects.toThrow('a table is locked');
  expect([calls, events]).toEqual([1, []]);
});
