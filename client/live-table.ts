import {
  type LiveTable,
  LiveTableError,
  type LiveTableOptions,
  type Timing,
  type VisibilitySource,
} from './api.ts';
import { createExchange } from './exchange.ts';
import { follow, type State } from './follow.ts';
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
  const state: State = {};
  const pause = createPause(
    timing,
    signal,
    () => page?.hidden === true && state.version !== undefined && !waits.first(),
  );
  const onVisibility = () => {
    if (!page?.hidden) pause.skip();
  };
  page?.addEventListener('visibilitychange', onVisibility);

  const delayOf = (failures: number) => Math.min(maxDelayMs, intervalMs * 2 ** Math.min(30, failures));
  follow({ state, records, reader, waits, pause, ready, signal, delayOf, listeners }).catch(
    (cause: unknown) => {
      close();
      throw cause;
    },
  );

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
      return state.version;
    },
    get error() {
      return state.error;
    },
    ready: ready.promise,
  };
}
