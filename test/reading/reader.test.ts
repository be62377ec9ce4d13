import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import {
  type AskedReader,
  createAskedReader,
  down,
  fails,
  freshForMs,
  loaded,
  notNow,
  transactionWaitMs,
} from '../fakes/asked-reader.ts';

let asked: AskedReader;
beforeEach(() => {
  asked = createAskedReader();
});

describe('memory', () => {
  test('is asked for first', async () => {
    asked.answer = loaded(7);
    expect(await asked.read()).toMatchObject({
      snapshot: { head: { rank: 7 } },
      from: 'store',
      ageMs: 0,
      stale: false,
    });
  });

  test('younger than freshForMs is served without a question', async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.answer = notNow;
    asked.clock.advance(freshForMs - 1);
    expect(await asked.read()).toMatchObject({ from: 'memory', ageMs: freshForMs - 1, stale: false });
  });

  test('of freshForMs or more is asked about, and is as young as the question then', async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.clock.advance(freshForMs);
    asked.answer = loaded(7, 'memory');
    expect(await asked.read()).toMatchObject({ from: 'memory', ageMs: 0, stale: false });
    asked.answer = loaded(8);
    asked.clock.advance(freshForMs);
    expect(await asked.read()).toMatchObject({ snapshot: { head: { rank: 8 } }, from: 'store', ageMs: 0 });
  });

  test('is handed over to the question, so that only what is new is fetched', async () => {
    asked.answer = loaded(7);
    const { snapshot } = await asked.read();
    asked.answer = undefined;
    asked.clock.advance(freshForMs);
    const next = asked.read();
    expect(asked.questions[0]?.held).toBe(snapshot);
    asked.questions[0]?.resolve(await loaded(8)());
    await next;
  });

  test('has the age of the question, not of its answer', async () => {
    const first = asked.read();
    asked.clock.advance(1_500);
    asked.questions[0]?.resolve(await loaded(7)());
    expect(await first).toMatchObject({ ageMs: 1_500 });
    asked.clock.advance(600);
    asked.answer = loaded(8);
    expect(await asked.read()).toMatchObject({ from: 'store', ageMs: 0 });
  });

  test('is always asked about where freshForMs is 0', async () => {
    asked = createAskedReader({ freshForMs: 0 });
    for (const rank of [7, 8, 9]) {
      asked.answer = loaded(rank);
      expect(await asked.read()).toMatchObject({ snapshot: { head: { rank } } });
    }
  });

  test('is asked about when the clock has gone back', async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.clock.advance(-300_000);
    asked.answer = loaded(8);
    expect(await asked.read()).toMatchObject({ snapshot: { head: { rank: 8 } }, ageMs: 0 });
  });
});

describe('one question at a time', () => {
  test('is answered to all who came while it was under way', async () => {
    const reads = [asked.read(), asked.read(), asked.read()];
    expect(asked.questions).toHaveLength(1);
    asked.questions[0]?.resolve(await loaded(7)());
    for (const served of await Promise.all(reads))
      expect(served).toMatchObject({ from: 'store', stale: false });
    expect(asked.questions).toHaveLength(1);
  });

  test('that fails, fails for all who came, and not for the next', async () => {
    const reads = [asked.read(), asked.read()];
    asked.questions[0]?.reject(down);
    for (const one of await Promise.allSettled(reads))
      expect(one).toEqual({ status: 'rejected', reason: down });
    asked.answer = loaded(7);
    expect(await asked.read()).toMatchObject({ from: 'store' });
  });
});

describe('Cache-Control: no-cache', () => {
  test('asks at once, however young memory is', async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.answer = loaded(8);
    expect(await asked.read({ noCache: true })).toMatchObject({ snapshot: { head: { rank: 8 } }, ageMs: 0 });
  });

  test('never has the answer of a question that was put before it', async () => {
    const plain = asked.read();
    const noCache = [asked.read({ noCache: true }), asked.read({ noCache: true })];
    expect(asked.questions).toHaveLength(1);
    asked.questions[0]?.resolve(await loaded(7)());
    expect(await plain).toMatchObject({ snapshot: { head: { rank: 7 } } });
    await turn();
    expect(asked.questions).toHaveLength(2); // one for the two
    asked.questions[1]?.resolve(await loaded(8)());
    for (const served of await Promise.all(noCache))
      expect(served).toMatchObject({ snapshot: { head: { rank: 8 } }, from: 'store' });
  });

  test('asks anew when the question before it has failed', async () => {
    const plain = asked.read();
    const noCache = asked.read({ noCache: true });
    asked.questions[0]?.reject(down);
    await expect(plain).rejects.toBe(down);
    await turn();
    asked.questions[1]?.resolve(await loaded(8)());
    expect(await noCache).toMatchObject({ snapshot: { head: { rank: 8 } } });
  });
});

describe('a request that names a transaction', () => {
  test('is served at once from memory that includes it', async () => {
    asked.answer = loaded(7, 'store', '700:705:702');
    await asked.read();
    asked.answer = notNow;
    for (const transactionId of ['699', '701', '704'])
      expect(await asked.read({ transactionId })).toMatchObject({ from: 'memory' });
  });

  test.each(['702', '705'])('(%s) asks until the published snapshot includes it', async (transactionId) => {
    asked.answer = loaded(7, 'store', '700:705:702');
    await asked.read();
    let times = 0;
    asked.answer = () => {
      times += 1;
      return times < 3 ? loaded(7, 'memory', '700:705:702')() : loaded(8, 'store', '706:706:')();
    };
    expect(await asked.read({ transactionId })).toMatchObject({ snapshot: { head: { rank: 8 } } });
    expect(times).toBe(3);
  });

  test('is refused, to be tried again, when no snapshot includes it in time', async () => {
    asked.answer = loaded(7, 'store', '700:705:702');
    const startMs = asked.clock.now();
    const failed = expect(asked.read({ transactionId: '702' })).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'transaction_not_included', retryAfterMs: 1_000 });
    expect(asked.clock.now() - startMs).toBeLessThanOrEqual(transactionWaitMs);
  });

  test('waits no longer than its own deadline', async () => {
    asked.answer = loaded(7, 'store', '700:705:702');
    const deadlineMs = asked.clock.now() + 200;
    await expect(asked.read({ transactionId: '702', deadlineMs })).rejects.toThrow(UnavailableError);
    expect(asked.clock.now()).toBeLessThanOrEqual(deadlineMs);
  });

  test('is not served by memory that nobody vouches for: it does not include it', async () => {
    asked.answer = loaded(7, 'store', '700:705:702');
    await asked.read();
    asked.answer = fails(down);
    await expect(asked.read({ transactionId: '702' })).rejects.toMatchObject({
      code: 'transaction_not_included',
    });
  });
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
