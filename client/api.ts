/** What a caller of `liveTable` sees: types, and the one class of error. */

/** The key of a record: a bigint where a number would round its digits. */
export type Key = string | number | bigint;

export interface LiveTable<R extends object> {
  /** The record with this key. */
  get(key: Key): R | undefined;
  /** All records, in order. The same array until a record changes. */
  all(): readonly R[];
  /** `all`, under the name that React's `useSyncExternalStore` uses. */
  getSnapshot(): readonly R[];
  /** Calls the listener after each change of the records, `version` or `error`. Returns a function that ends it. */
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
  /** Why the last request failed; undefined when it succeeded. The records stay, and requests go on. */
  readonly error: LiveTableError | undefined;
  /** Resolves with the first records. Rejects on `close()`, and when the first answer is a 4xx that a retry cannot mend. */
  readonly ready: Promise<void>;
}

export interface LiveTableOptions<R extends object> {
  /** The address of the list, `https://…/topics/`, with filters if any: `?author=3`. */
  url: string | URL;
  /** The member of the answer that holds the records. Default: the last segment of the path. */
  table?: string | undefined;
  /** The member of a record that is its key. Default: `id`. */
  key?: (keyof R & string) | undefined;
  /** The order of `all()`. Default, and among equals: numbers by value, strings by code points, of the key. */
  compare?: ((a: R, b: R) => number) | undefined;
  /** Between two requests; the actual time varies by a quarter. Default: 5,000. */
  intervalMs?: number | undefined;
  /** The longest back-off. Default: 60,000. */
  maxDelayMs?: number | undefined;
  /** A request is abandoned after this time. Default: 30,000. */
  requestTimeoutMs?: number | undefined;
  /** Sends the requests, and adds what they need (a token). Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Default: the page's document; none outside of a browser. */
  document?: VisibilitySource | undefined;
  timing?: Timing | undefined;
}

/** The part of the standard `fetch` that is used. */
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

/** The part of a `Document` that is used: polling pauses while it is hidden. */
export interface VisibilitySource {
  readonly hidden: boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Time and chance, for tests. */
export interface Timing {
  /** A clock that never goes back. */
  nowMs(): number;
  /** From 0 to 1. */
  random(): number;
  /** Calls once, later. Returns a function that prevents it. */
  setTimer(call: () => void, delayMs: number): () => void;
}

/**
 * Its `code` is that of the service's answer, or `network_error`, `request_timeout`, `answer_invalid`,
 * `answer_mismatch`, `wait_timeout`, `too_many_waits`, `closed`.
 */
export class LiveTableError extends Error {
  override readonly name = 'LiveTableError';
  readonly code: string;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(code: string, message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}
