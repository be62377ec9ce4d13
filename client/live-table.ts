import {
  type LiveTable,
  LiveTableError,
  type LiveTableOptions,
  type Timing,
  type VisibilitySource,
} from './api.ts';
import { createExchange, ErrorAnswer } from './exchange.ts';
import { createPause } from './pause.ts';
import { createReader } from './reader.ts';
import { createRecords } from './records.ts';
import { createWaits } from './waits.ts';

export * from './api.ts';

declare const document: VisibilitySource | undefined;
declare const location: { href: string } | undefined;

const browserTiming: Timing = {
  nowMs: () => performance.now(),
  random: Math.random,
  setTimer: (call, delayMs) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Keeps a live copy of a list: always one complete generation. Requests begin at once and end with `close()`. */
export function liveTable<R extends object = Record<string, unknown>>({
  url,
  table,
  key,
  compare,
  intervalMs = 5_000,
  maxDelayMs = 60_000,
  requestTimeoutMs = 30_000,
  fetch = (address, init) => globalThis.fetch(address, init),
  document: page = typeof document === 'undefined' ? undefined : document,
  timing = browserTiming,
}: LiveTableOptions<R>): LiveTable<R> {
  const closing = new AbortController();
  const { signal } = closing;
  const records = createRecords<R>(key ?? 'id', compare);
  const waits = createWaits(timing);
  const exchange = createExchange(fetch, timing, requestTimeoutMs, signal);
  const reader = createReader(
    new URL(url, typeof location === 'undefined' ? undefined : location.href),
    table,
    exchange,
  );
  const listeners = new Set<() => void>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // for callers who do not await it
  let version: number | undefined;
  let error: LiveTableError | undefined;
  let mustStart = true;
  /** The last answer was older than `version`: the next request revalidates with `no-cache`. */
  let isBehind = false;

  const pause = createPause(
    timing,
    signal,
    () => page?.hidden === true && version !== undefined && !waits.first(),
  );
  const onVisibility = () => {
    if (!page?.hidden) pause.skip();
  };
  page?.addEventListener('visibilitychange', onVisibility);

  function notify() {
    for (const listener of [...listeners]) {
      try {
        if (listeners.has(listener)) listener();
      } catch (cause) {
        queueMicrotask(() => {
          throw cause; // reported as an uncaught error of the page, as for an event listener
        });
      }
    }
  }

  /** Sends one request and applies its answer. @returns whether it was a difference, rather than the list */
  async function step(transactionId: string | undefined): Promise<boolean> {
    const since = mustStart ? undefined : version;
    const answer =
      since === undefined
        ? await reader.list(transactionId, isBehind ? 'no-cache' : 'default')
        : await reader.changes(since, transactionId, isBehind ? 'no-cache' : 'default');
    signal.throwIfAborted();
    if ('upserts' in answer) records.apply(answer);
    else records.replace(answer.records, answer.count);
    const isNews = answer.version !== since || error !== undefined;
    ({ version } = answer);
    error = undefined;
    mustStart = isBehind = false;
    ready.resolve();
    if (isNews) notify();
    return since !== undefined;
  }

  async function run() {
    /** Restarts with the list since the last applied difference. A restart can succeed and lead to the same fault. */
    let starts = 0;
    /** Consecutive failed requests. */
    let failures = 0;
    while (!signal.aborted) {
      pause.begin();
      const wait = waits.first();
      let retryAfterMs = 0;
      let doublings: number;
      try {
        if (await step(wait?.transactionId)) starts = 0;
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
        error = cause;
        notify();
      }
      const delayMs = Math.min(maxDelayMs, intervalMs * 2 ** Math.min(30, doublings));
      await pause.wait(delayMs, retryAfterMs);
    }
  }

  run().catch((cause: unknown) => {
    close();
    throw cause;
  });

  function close() {
    if (signal.aborted) return;
    closing.abort(new LiveTableError('closed', 'The live table is closed.'));
    listeners.clear();
    waits.endAll(signal.reason);
    ready.reject(signal.reason);
    page?.removeEventListener('visibilitychange', onVisibility);
  }

  return {
    get: records.get,
    all: records.all,
    getSnapshot: records.all,
    subscribe(listener) {
      if (!signal.aborted) listeners.add(listener);
      return () => listeners.delete(listener);
    },
    waitFor(transactionId, { timeoutMs = 30_000 } = {}) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const included = waits.add(transactionId, timeoutMs);
      pause.skip();
      return included;
    },
    close,
    get version() {
      return version;
    },
    get error() {
      return error;
    },
    ready: ready.promise,
  };
}

/** Whether no difference can update the copy, so that the client restarts with the list. */
const needsStart = ({ code, status }: LiveTableError) =>
  status === 410 || code === 'version_unknown' || code === 'answer_mismatch';

/** Whether a retry would fail too: 4xx, except restarts with the list, timeouts and rate limits. */
const isFinal = (error: LiveTableError) =>
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![408, 425, 429].includes(error.status) &&
  !needsStart(error);
