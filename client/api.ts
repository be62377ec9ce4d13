/** The public types of `liveTable`, and its error class. */

/** The key of a record: a bigint if a number would round its digits. */
export type Key = string | number | bigint;

export interface LiveTable<R extends object> {
  /** The record with this key. */
  get(key: Key): R | undefined;
  /** All records, in order. The same array until a record changes. */
  all(): readonly R[];
  /** `all`, under the name that React's `useSyncExternalStore` uses. */
  getSnapshot(): readonly R[];
  /** Calls the listener after each change of the records, `version` or `error`. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  /**
   * Resolves when the records include this transaction (`pg_current_xact_id()`).
   * Rejects with `wait_timeout`, with `closed`, or with the error of the service.
   */
  waitFor(transactionId: Key, options?: { timeoutMs?: number | undefined }): Promise<void>;
  /** Ends all requests, timers and subscriptions. The records stay readable. */
  close(): void;
  /** The generation that the records are of; undefined before the first answer. */
  readonly version: number | undefined;
  /** The error of the last request; undefined if it succeeded. After an error the records stay, and requests continue. */
  readonly error: LiveTableError | undefined;
  /** Resolves with the first records. Rejects on `close()`, or if the first answer is a 4xx that a retry cannot fix. */
  readonly ready: Promise<void>;
}

export interface LiveTableOptions<R extends object> {
  /** The URL of the list, `https://…/topics/`, optionally with filters: `?author=3`. */
  url: string | URL;
  /** The member of the answer that holds the records. Default: the last segment of the path. */
  table?: string | undefined;
  /** The member of a record that is its key. Default: `id`. */
  key?: (keyof R & string) | undefined;
  /** The order of `all()`. Equal records, and all by default, are ordered by key: numbers by value, strings by code points. */
  compare?: ((a: R, b: R) => number) | undefined;
  /** The time between two requests, ± a quarter at random. Default: 5,000. */
  intervalMs?: number | undefined;
  /** The longest back-off. Default: 60,000. */
  maxDelayMs?: number | undefined;
  /** The time limit for a request. Default: 30,000. */
  requestTimeoutMs?: number | undefined;
  /** Sends the requests, for example with a token. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Default: the page's document in a browser, else none. */
  document?: VisibilitySource | undefined;
  timing?: Timing | undefined;
}

/** The part of the standard `fetch` that the client calls. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;
export interface FetchInit {
  signal: AbortSignal;
  cache: 'default' | 'no-cache';
}
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The part of a `Document` that the client uses: polling pauses while it is hidden. */
export interface VisibilitySource {
  readonly hidden: boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Clock, timers and randomness, for tests. */
export interface Timing {
  /** A monotonic clock. */
  nowMs(): number;
  /** From 0 to 1. */
  random(): number;
  /** Calls `call` once, after the delay. Returns a function that cancels the timer. */
  setTimer(call: () => void, delayMs: number): () => void;
}

/**
 * The `code` is that of the service's answer, or `network_error`, `request_timeout`, `answer_invalid`,
 * `answer_mismatch`, `wait_timeout`, `too_many_waits`, `closed`.
 */
export class LiveTableError extends Error {
  override readonly name = 'LiveTableError';
  readonly code: string;
  /** The status of the answer; undefined without an answer. */
  readonly status: number | undefined;

  constructor(code: string, message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}
