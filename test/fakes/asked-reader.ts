import type { Loaded } from '../../lib/reading/loader.ts';
import { createReader, type ReadRequest, type Served } from '../../lib/reading/reader.ts';
import { type LoadedSnapshot, toSnapshot } from '../../lib/snapshots/snapshot.ts';
import { StoreError } from '../../lib/stores/store.ts';
import { headOf } from './heads.ts';
import { createReported } from './reported.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

export const freshForMs = 2_000;
export const staleLimitMs = 60_000;
export const transactionWaitMs = 1_000;

/** A reader whose questions a test answers. */
export interface AskedReader {
  clock: TestClock;
  reported: ReturnType<typeof createReported>;
  /** Every question that was put without an `answer`, with what memory held then. */
  questions: (PromiseWithResolvers<Loaded> & { held: LoadedSnapshot | undefined })[];
  /** Answers questions at once. */
  answer: (() => Promise<Loaded>) | undefined;
  read(request?: Partial<ReadRequest>): Promise<Served>;
}

export function createAskedReader({
  loadWithoutStore,
  ...freshness
}: {
  freshForMs?: number;
  loadWithoutStore?: (held: LoadedSnapshot | undefined) => Promise<Loaded>;
} = {}): AskedReader {
  const clock = createTestClock();
  const reported = createReported();
  const reader = createReader({
    load: (held) => {
      if (asked.answer !== undefined) return asked.answer();
      const question = { ...Promise.withResolvers<Loaded>(), held };
      asked.questions.push(question);
      return question.promise;
    },
    ...(loadWithoutStore === undefined ? {} : { loadWithoutStore }),
    freshness: { freshForMs, staleLimitMs, transactionWaitMs, ...freshness },
    clock,
    report: reported.report,
  });
  const asked: AskedReader = {
    clock,
    reported,
    questions: [],
    answer: undefined,
    read: (request = {}) => reader.read({ deadlineMs: clock.now() + 30_000, ...request }),
  };
  return asked;
}

export function loaded(rank: number, from: Loaded['from'] = 'store', snapshot = `${rank}:${rank}:`) {
  const head = { ...headOf({ epoch: 1, rank }), snapshot };
  return async (): Promise<Loaded> => ({ snapshot: toSnapshot('topics', head, new Map()), from });
}

export const fails = (error: Error) => async (): Promise<Loaded> => {
  throw error;
};

export const down = new StoreError('a test', new Error());
export const notNow = fails(new Error('a question was put'));
