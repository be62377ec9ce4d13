import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { DynamoDbError } from '../../lib/aws/errors.ts';
import { nextTry } from '../../lib/aws/next-try.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { retry } from '../../lib/retry.ts';
import { attempt } from '../../lib/stores/dynamodb/calls.ts';
import { intercept } from '../fakes/intercept.ts';
import { createModelledSource } from '../fakes/modelled-source.ts';
import { createPublishing } from '../fakes/publishing.ts';
import { form } from '../fakes/records.ts';

const writesPerSecond = 100;
const containers = 100;
const events = 500;
/** Lambda's time limit for an event. */
const invocationMs = 290_000;
const latencyMs = 5;

/** A virtual clock for concurrent work: it advances to the next sleeper when no work can proceed. */
function createSharedClock() {
  const sleepers: { atMs: number; wake: () => void }[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  return {
    now: () => nowMs,
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ atMs: nowMs + ms, wake });
        sleepers.sort((a, b) => a.atMs - b.atMs);
      }),
    async run<T>(work: Promise<T>): Promise<T> {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      over.catch(() => {});
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleepers.shift();
        if (next === undefined) continue;
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
      return over;
    },
  };
}

/** Pseudo-random noise, the same in every run. */
function createRandom() {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test(`all of ${events} events from ${containers} containers are served although the item takes ${writesPerSecond} writes a second`, async () => {
  const clock = createSharedClock();
  const random = createRandom();
  const service = createPublishing();
  const counted = { writes: 0, throttled: 0 };
  let left = writesPerSecond;
  let filledAtMs = clock.now();
  /** Throttles one item like DynamoDB, with the back-off of the functions' client. */
  const requests = intercept(service.requests, ({ method, args }, proceed) => {
    if (method === 'read') return clock.sleep(latencyMs).then(proceed);
    const [{ untilMs }] = z.tuple([z.object({ untilMs: z.number().optional() })]).parse(args);
    const write = async () => {
      await clock.sleep(latencyMs);
      left = Math.min(writesPerSecond, left + ((clock.now() - filledAtMs) * writesPerSecond) / 1_000);
      filledAtMs = clock.now();
      if (left < 1) {
        counted.throttled += 1;
        throw new DynamoDbError({ code: 'ThrottlingException', status: 400, message: 'too many' });
      }
      left -= 1;
      counted.writes += 1;
      return proceed();
    };
    return attempt(method, retry(write, nextTry({ mostTries: 3, untilMs }), { clock, random }));
  });
  const refresherOf = () =>
    createRefresher({
      ...{ pointers: service.pointers, blobs: service.blobs, requests, clock, random },
      source: createModelledSource(service.database, {
        tables: ['topics', 'tags'].map((name) => ({ name, form, mayLose: 1 })),
        leavesOut: () => undefined,
      }),
      ...{ newId: service.newId, report: service.report },
    });
  const deadlineMs = () => clock.now() + invocationMs;

  let sent = 0;
  const outcomes = new Map<string, number>();
  const container = async () => {
    const { refresh } = refresherOf();
    while (sent < events) {
      sent += 1;
      const transactionIds = [service.change([String(1 + (sent % 4))])];
      const how = { wait: false, lingerMs: Number.POSITIVE_INFINITY, deadlineMs: deadlineMs() };
      const { outcome } = await refresh({ ...how, transactionIds });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const startMs = clock.now();
  await clock.run(Promise.all(Array.from({ length: containers }, container)));

  expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(events);
  expect(counted.throttled).toBeGreaterThan(events);
  expect(clock.now() - startMs).toBeLessThan(60_000);
  const state = await service.requests.read();
  expect(state).toMatchObject({ served: state?.requested, lease: undefined });
  expect(state?.pending.size).toBe(0);
  expect(await service.published()).toBe(service.truth());
});
