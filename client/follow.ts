import { LiveTableError } from './api.ts';
import { ErrorAnswer } from './exchange.ts';
import type { createPause } from './pause.ts';
import type { createReader } from './reader.ts';
import type { Records } from './records.ts';
import type { createWaits } from './waits.ts';

/** What callers see of a copy besides its records. */
export interface State {
  version?: number;
  error?: LiveTableError | undefined;
}

interface FollowDeps<R extends object> {
  state: State;
  records: Records<R>;
  reader: ReturnType<typeof createReader>;
  waits: ReturnType<typeof createWaits>;
  pause: ReturnType<typeof createPause>;
  ready: PromiseWithResolvers<void>;
  signal: AbortSignal;
  /** The pause after so many failures in a row. */
  delayOf(failures: number): number;
  /** Called after each change of the records or the state. */
  listeners: ReadonlySet<() => void>;
}

/** Requests, and applies what is answered, until the signal aborts: with a pause after each request. */
export async function follow<R extends object>({
  state,
  records,
  reader,
  waits,
  pause,
  ready,
  signal,
  delayOf,
  listeners,
}: FollowDeps<R>) {
  let mustStart = true;
  /** The last answer came from before `version`: the service is told to ask its store. */
  let isBehind = false;
  /** New starts since the copy last went on from where it was. A start succeeds, and may lead to the same fault. */
  let starts = 0;
  /** Requests that failed in a row. */
  let failures = 0;

  /** One request, and what follows from its answer. */
  async function step(transactionId: string | undefined) {
    const since = mustStart ? undefined : state.version;
    const cache = isBehind ? 'no-cache' : 'default';
    const answer =
      since === undefined
        ? await reader.list(transactionId, cache)
        : await reader.changes(since, transactionId, cache);
    signal.throwIfAborted();
    if ('upserts' in answer) records.apply(answer);
    else records.replace(answer.records, answer.count);
    const isNews = answer.version !== since || state.error !== undefined;
    state.version = answer.version;
    state.error = undefined;
    mustStart = isBehind = false;
    ready.resolve();
    if (isNews) callEach(listeners);
    if (since !== undefined) starts = 0;
  }

  while (!signal.aborted) {
    pause.begin();
    const wait = waits.first();
    let retryAfterMs = 0;
    let doublings: number;
    try {
      await step(wait?.transactionId);
      doublings = failures = 0;
      wait?.end();
      if (waits.first()) continue;
    } catch (cause) {
      if (signal.aborted) return;
      if (!(cause instanceof LiveTableError)) throw cause;
      const isRefusal = isFinal(cause);
      if (wait && isRefusal) {
        wait.end(cause);
        continue;
      }
      if (isRefusal) ready.reject(cause);
      const goesOn = !mustStart && needsStart(cause);
      doublings = failures++;
      if (goesOn) {
        mustStart = isBehind || cause.code !== 'version_unknown';
        isBehind = true;
        if (++starts < 3) continue;
        doublings = starts - 2;
      }
      if (cause instanceof ErrorAnswer) ({ retryAfterMs } = cause);
      state.error = cause;
      callEach(listeners);
    }
    await pause.wait(delayOf(doublings), retryAfterMs);
  }
}

/** The copy cannot be brought forward from where it is: it starts again with the list. */
const needsStart = ({ code, status }: LiveTableError) =>
  status === 410 || code === 'version_unknown' || code === 'answer_mismatch';

/** Another try is refused as well: 4xx, but for the list's new start, time limits and rate limits. */
const isFinal = (error: LiveTableError) =>
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![408, 425, 429].includes(error.status) &&
  !needsStart(error);

function callEach(listeners: ReadonlySet<() => void>) {
  for (const listener of [...listeners]) {
    try {
      if (listeners.has(listener)) listener();
    } catch (cause) {
      queueMicrotask(() => {
        throw cause; // an uncaught error of the page, as in an event listener
      });
    }
  }
}
