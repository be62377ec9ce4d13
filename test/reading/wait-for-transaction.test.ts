import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import {
  createTestDataset,
  freshForMs,
  recordsOf,
  type TestDataset,
  transactionWaitMs,
} from './test-dataset.ts';

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;

beforeEach(async () => {
  dataset = createTestDataset();
  container = dataset.container();
  await dataset.publish({ rows: { topics: recordsOf(1) }, snapshot: '700:705:702' });
  await container.read();
  dataset.count('read');
});

describe('a request that names a transaction', () => {
  test('is served at once from memory that includes it', async () => {
    for (const transactionId of ['699', '701', '704'])
      expect(await container.read({ transactionId })).toMatchObject({ from: 'memory' });
    expect(dataset.count('read')).toBe(0);
  });

  test.each(['702', '705'])('(%s) asks until the published list includes it', async (transactionId) => {
    dataset.clock.meanwhile.push(
      async () => {},
      () => dataset.publish({ rows: { topics: recordsOf(2) }, snapshot: '706:706:' }),
    );
    expect(await container.read({ transactionId })).toMatchObject({ entry: { count: 2 } });
  });

  test('is refused in time, to be tried again, and costs few questions', async () => {
    const startMs = dataset.clock.now();
    const failed = expect(container.read({ transactionId: '702' })).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'transaction_not_included', retryAfterMs: 1_000 });
    expect(dataset.clock.now() - startMs).toBeLessThanOrEqual(transactionWaitMs);
    expect(dataset.count('read')).toBeLessThanOrEqual(6);
  });

  test('waits until its own deadline at most', async () => {
    const deadlineMs = dataset.clock.now() + 200;
    await expect(container.read({ transactionId: '702', deadlineMs })).rejects.toThrow(UnavailableError);
    expect(dataset.clock.now()).toBeLessThanOrEqual(deadlineMs);
  });

  test('is not served by memory that lacks it, though nobody answers: one question is put for it', async () => {
    dataset.down.store = new StoreError('a test', new Error());
    dataset.clock.advance(freshForMs);
    await expect(container.read({ transactionId: '702' })).rejects.toMatchObject({
      code: 'transaction_not_included',
    });
    expect(dataset.count('read')).toBeLessThanOrEqual(2);
  });

  test('is refused at once where sixteen others wait', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeping = dataset.container({
      clock: { now: dataset.clock.now, sleep: () => promise },
    });
    const waiting = Array.from({ length: 17 }, () =>
      sleeping.read({ transactionId: '702' }).then(
        () => 'served',
        () => 'refused',
      ),
    );
    expect(await Promise.race(waiting)).toBe('refused');
    expect(await sleeping.read({ transactionId: '701' })).toMatchObject({ entry: { count: 1 } });
    await dataset.publish({ rows: { topics: recordsOf(2) }, snapshot: '800:800:' });
    resolve();
    expect((await Promise.all(waiting)).filter((one) => one === 'served')).toHaveLength(16);
  });
});
