import { expect, test } from '@jest/globals';
import { createEventQueue, type FailedEvent } from '../../../local/lambda/event-queue.ts';
import { failure, LambdaRefusal, type Outcome } from '../../../local/lambda/invocation.ts';

/** A queue whose function has these outcomes in order, and then succeeds. */
function queueOver(...outcomes: (Outcome | LambdaRefusal)[]) {
  const seen = { ids: [] as (string | undefined)[], slept: [] as number[], failed: [] as FailedEvent[] };
  const queue = createEventQueue({
    async invoke(_name, _event, about) {
      seen.ids.push(about?.requestId);
      const outcome = outcomes.shift() ?? { payload: 'null' };
      if (outcome instanceof LambdaRefusal) throw outcome;
      return outcome;
    },
    retryDelaysMs: [60_000, 120_000],
    sleep: async (ms) => void seen.slept.push(ms),
    onFailed: (event) => seen.failed.push(event),
  });
  return { queue, seen };
}
const settled = () => new Promise((later) => setImmediate(later));
const fault = failure('Error', 'a fault');

test('an event that succeeds is invoked once', async () => {
  const { queue, seen } = queueOver();
  queue.accept('any', '{}', 'id', 2);
  await settled();
  expect(seen).toEqual({ ids: ['id'], slept: [], failed: [] });
});

test('an event that fails is tried again after each delay, with the same id', async () => {
  const { queue, seen } = queueOver(fault, new LambdaRefusal(429, 'TooManyRequestsException', 'busy'));
  queue.accept('any', '{}', 'id', 2);
  await settled();
  expect(seen).toEqual({ ids: ['id', 'id', 'id'], slept: [60_000, 120_000], failed: [] });
});

test('an event whose last try fails is kept, as a destination gets it', async () => {
  const { queue, seen } = queueOver(fault, fault, fault);
  queue.accept('any', '{"a":1}', 'id', 2);
  await settled();
  expect(queue.failed()).toEqual(seen.failed);
  expect(seen.failed).toEqual([
    expect.objectContaining({
      requestContext: expect.objectContaining({
        requestId: 'id',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      }),
      requestPayload: { a: 1 },
      responsePayload: { errorType: 'Error', errorMessage: 'a fault' },
    }),
  ]);
});

test.each([0, 1])('a function with %i retries has no more', async (retries) => {
  const { queue, seen } = queueOver(fault, fault, fault);
  queue.accept('any', '{}', 'id', retries);
  await settled();
  expect(seen.ids).toHaveLength(1 + retries);
});

test('the latest 100 that failed are kept', async () => {
  const { queue } = queueOver(...Array.from({ length: 150 }, () => fault));
  for (let n = 0; n < 150; n += 1) queue.accept('any', String(n), 'id', 0);
  await settled();
  expect(queue.failed().map(({ requestPayload }) => requestPayload)).toEqual(
    Array.from({ length: 100 }, (_, n) => n + 50),
  );
});

test('more than 1,000 that wait are refused', () => {
  const { queue } = queueOver();
  for (let n = 0; n < 1_000; n += 1) queue.accept('any', '{}', 'id', 2);
  expect(() => queue.accept('any', '{}', 'id', 2)).toThrow(LambdaRefusal);
});
