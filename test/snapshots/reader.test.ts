import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import type { Loaded } from '../../lib/snapshots/loader.ts';
import { createReader, type Reader, type ReadRequest } from '../../lib/snapshots/reader.ts';
import { type LoadedSnapshot, toSnapshot } from '../../lib/snapshots/snapshot.ts';
import { StoreError } from '../../lib/snapshots/store.ts';
import { headOf } from '../fakes/heads.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';

const freshForMs = 2_000;
const staleLimitMs = 60_000;
const transactionWaitMs = 1_000;
const down = new StoreError('a test', new Error());

let clock: ReturnType<typeof createTestClock>;
let reported: ReturnType<typeof createReported>;
/** Every question put, with what memory held then; each is answered by the test. */
let questions: (PromiseWithResolvers<Loaded> & { held: LoadedSnapshot | undefined })[];
/** Answers questions at once, instead. */
let answer: (() => Promise<Loaded>) | undefined;
let reader: Reader;

beforeEach(() => {
  clock = createTestClock();
  reported = createReported();
  questions = [];
  answer = undefined;
  reader = readerWith({});
});

describe('memory', () => {
  test('is asked for first', async () => {
    answer = loaded(7);
    expect(await read()).toMatchObject({
      snapshot: { head: { rank: 7 } },
      from: 'store',
      ageMs: 0,
      stale: false,
    });
  });

  test('younger than freshForMs is served without a question', async () => {
    answer = loaded(7);
    await read();
    answer = notNow;
    clock.advance(freshForMs - 1);
    expect(await read()).toMatchObject({ from: 'memory', ageMs: freshForMs - 1, stale: false });
  });

  test('of freshForMs or more is asked about, and is as young as the question then', async () => {
    answer = loaded(7);
    await read();
    clock.advance(freshForMs);
    answer = loaded(7, 'memory');
    expect(await read()).toMatchObject({ from: 'memory', ageMs: 0, stale: false });
    answer = loaded(8);
    clock.advance(freshForMs);
    expect(await read()).toMatchObject({ snapshot: { head: { rank: 8 } }, from: 'store', ageMs: 0 });
  });

  test('is handed over to the question, so that only what is new is fetched', async () => {
    answer = loaded(7);
    const { snapshot } = await read();
    answer = undefined;
    clock.advance(freshForMs);
    const next = read();
    expect(questions[0]?.held).toBe(snapshot);
    questions[0]?.resolve(await loaded(8)());
    await next;
  });

  test('has the age of the question, not of its answer', async () => {
    const first = read();
    clock.advance(1_500);
    questions[0]?.resolve(await loaded(7)());
    expect(await first).toMatchObject({ ageMs: 1_500 });
    clock.advance(600);
    answer = loaded(8);
    expect(await read()).toMatchObject({ from: 'store', ageMs: 0 });
  });

  test('is always asked about where freshForMs is 0', async () => {
    reader = readerWith({ freshForMs: 0 });
    for (const rank of [7, 8, 9]) {
      answer = loaded(rank);
      expect(await read()).toMatchObject({ snapshot: { head: { rank } } });
    }
  });

  test('is asked about when the clock has gone back', async () => {
    answer = loaded(7);
    await read();
    clock.advance(-300_000);
    answer = loaded(8);
    expect(await read()).toMatchObject({ snapshot: { head: { rank: 8 } }, ageMs: 0 });
  });
});

describe('one question at a time', () => {
  test('is answered to all who came while it was under way', async () => {
    const reads = [read(), read(), read()];
    expect(questions).toHaveLength(1);
    questions[0]?.resolve(await loaded(7)());
    for (const served of await Promise.all(reads))
      expect(served).toMatchObject({ from: 'store', stale: false });
    expect(questions).toHaveLength(1);
  });

  test('that fails, fails for all who came, and not for the next', async () => {
    const reads = [read(), read()];
    questions[0]?.reject(down);
    for (const one of await Promise.allSettled(reads))
      expect(one).toEqual({ status: 'rejected', reason: down });
    answer = loaded(7);
    expect(await read()).toMatchObject({ from: 'store' });
  });
});

describe('Cache-Control: no-cache', () => {
  test('asks at once, however young memory is', async () => {
    answer = loaded(7);
    await read();
    answer = loaded(8);
    expect(await read({ noCache: true })).toMatchObject({ snapshot: { head: { rank: 8 } }, ageMs: 0 });
  });

  test('never has the answer of a question that was put before it', async () => {
    const plain = read();
    const noCache = [read({ noCache: true }), read({ noCache: true })];
    expect(questions).toHaveLength(1);
    questions[0]?.resolve(await loaded(7)());
    expect(await plain).toMatchObject({ snapshot: { head: { rank: 7 } } });
    await turn();
    expect(questions).toHaveLength(2); // one for the two
    questions[1]?.resolve(await loaded(8)());
    for (const served of await Promise.all(noCache))
      expect(served).toMatchObject({ snapshot: { head: { rank: 8 } }, from: 'store' });
  });

  test('asks anew when the question before it has failed', async () => {
    const plain = read();
    const noCache = read({ noCache: true });
    questions[0]?.reject(down);
    await expect(plain).rejects.toBe(down);
    await turn();
    questions[1]?.resolve(await loaded(8)());
    expect(await noCache).toMatchObject({ snapshot: { head: { rank: 8 } } });
  });
});

describe('while nobody answers', () => {
  beforeEach(async () => {
    answer = loaded(7);
    await read();
    clock.advance(freshForMs);
    answer = fails(down);
  });

  test('memory is served as stale, its age growing, and reported', async () => {
    expect(await read()).toMatchObject({ from: 'memory', ageMs: freshForMs, stale: true });
    clock.advance(500);
    expect(await read()).toMatchObject({ from: 'memory', ageMs: freshForMs + 500, stale: true });
    expect(reported.events).toEqual([{ name: 'list.stale', level: 'warn', ageMs: freshForMs, cause: down }]);
  });

  test('the next question is put freshForMs after the one that failed', async () => {
    await read();
    answer = loaded(8);
    clock.advance(freshForMs - 1);
    expect(await read()).toMatchObject({ snapshot: { head: { rank: 7 } }, stale: true });
    clock.advance(1);
    expect(await read()).toMatchObject({ snapshot: { head: { rank: 8 } }, stale: false, ageMs: 0 });
  });

  test('a request with no-cache asks all the same, and is served from memory', async () => {
    await read();
    let asked = 0;
    answer = () => {
      asked += 1;
      return Promise.reject(down);
    };
    expect(await read({ noCache: true })).toMatchObject({ from: 'memory', stale: true });
    expect(asked).toBe(1);
  });

  test('memory past the stale limit is not served', async () => {
    clock.advance(staleLimitMs - freshForMs);
    expect(await read()).toMatchObject({ ageMs: staleLimitMs, stale: true });
    clock.advance(1);
    await expect(read()).rejects.toBe(down);
    await expect(read()).rejects.toBe(down);
  });

  test('memory past the stale limit is served again once somebody answers', async () => {
    clock.advance(staleLimitMs);
    await expect(read()).rejects.toBe(down);
    answer = loaded(7, 'memory');
    expect(await read()).toMatchObject({ from: 'memory', stale: false, ageMs: 0 });
  });
});

describe('the table itself', () => {
  let bypassed: (LoadedSnapshot | undefined)[];
  beforeEach(() => {
    bypassed = [];
    reader = readerWith({
      loadWithoutStore: async (held) => {
        bypassed.push(held);
        return loaded(9, 'database')();
      },
    });
  });

  test('is read when the shared cache is down and memory has nothing', async () => {
    answer = fails(down);
    expect(await read()).toMatchObject({ snapshot: { head: { rank: 9 } }, from: 'database', stale: false });
    expect(reported.names()).toEqual(['store.bypassed']);
  });

  test('is read when the shared cache is down and memory is past the stale limit', async () => {
    answer = loaded(7);
    const { snapshot } = await read();
    clock.advance(staleLimitMs + 1);
    answer = fails(down);
    expect(await read()).toMatchObject({ from: 'database', ageMs: 0 });
    expect(bypassed).toEqual([snapshot]);
  });

  test('is left alone while there is anything to serve', async () => {
    answer = loaded(7);
    await read();
    clock.advance(staleLimitMs);
    answer = fails(down);
    expect(await read()).toMatchObject({ from: 'memory', stale: true });
    expect(bypassed).toEqual([]);
  });

  test('is not read for an error that is not the shared cache', async () => {
    const other = new UnavailableError('database_unavailable', 'down', { retryAfterMs: 1_000 });
    answer = fails(other);
    await expect(read()).rejects.toBe(other);
    expect(bypassed).toEqual([]);
  });
});

describe('a request that names a transaction', () => {
  test('is served at once from memory that includes it', async () => {
    answer = loaded(7, 'store', '700:705:702');
    await read();
    answer = notNow;
    for (const transactionId of ['699', '701', '704'])
      expect(await read({ transactionId })).toMatchObject({ from: 'memory' });
  });

  test.each(['702', '705'])('(%s) asks until the published snapshot includes it', async (transactionId) => {
    answer = loaded(7, 'store', '700:705:702');
    await read();
    let asked = 0;
    answer = () => {
      asked += 1;
      return asked < 3 ? loaded(7, 'memory', '700:705:702')() : loaded(8, 'store', '706:706:')();
    };
    expect(await read({ transactionId })).toMatchObject({ snapshot: { head: { rank: 8 } } });
    expect(asked).toBe(3);
  });

  test('is refused, to be tried again, when no snapshot includes it in time', async () => {
    answer = loaded(7, 'store', '700:705:702');
    const startMs = clock.now();
    const failed = expect(read({ transactionId: '702' })).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'transaction_not_included', retryAfterMs: 1_000 });
    expect(clock.now() - startMs).toBeLessThanOrEqual(transactionWaitMs);
  });

  test('waits no longer than its own deadline', async () => {
    answer = loaded(7, 'store', '700:705:702');
    const deadlineMs = clock.now() + 200;
    await expect(read({ transactionId: '702', deadlineMs })).rejects.toThrow(UnavailableError);
    expect(clock.now()).toBeLessThanOrEqual(deadlineMs);
  });

  test('is not served by memory that nobody vouches for: it does not include it', async () => {
    answer = loaded(7, 'store', '700:705:702');
    await read();
    answer = fails(down);
    await expect(read({ transactionId: '702' })).rejects.toMatchObject({ code: 'transaction_not_included' });
  });
});

const read = (request: Partial<ReadRequest> = {}) =>
  reader.read({ deadlineMs: clock.now() + 30_000, ...request });

function readerWith({
  loadWithoutStore,
  ...freshness
}: {
  freshForMs?: number;
  loadWithoutStore?: (held: LoadedSnapshot | undefined) => Promise<Loaded>;
}) {
  return createReader({
    load: (held) => {
      if (answer !== undefined) return answer();
      const question = { ...Promise.withResolvers<Loaded>(), held };
      questions.push(question);
      return question.promise;
    },
    ...(loadWithoutStore === undefined ? {} : { loadWithoutStore }),
    freshness: { freshForMs, staleLimitMs, transactionWaitMs, ...freshness },
    clock,
    report: reported.report,
  });
}

function loaded(rank: number, from: Loaded['from'] = 'store', snapshot = `${rank}:${rank}:`) {
  const head = { ...headOf({ epoch: 1, rank }), snapshot };
  return async (): Promise<Loaded> => ({ snapshot: toSnapshot('topics', head, new Map()), from });
}
const fails = (error: Error) => async (): Promise<Loaded> => {
  throw error;
};
const notNow = fails(new Error('a question was put'));

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
