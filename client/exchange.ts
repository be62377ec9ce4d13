import { type Fetch, type FetchInit, LiveTableError, type Timing } from './api.ts';
import { parseExact } from './exact-json.ts';

export interface Answer {
  status: number;
  header(name: string): string | undefined;
  text: string;
}

/** The error for an answer other than 200, with the code of its body and its Retry-After. */
export class ErrorAnswer extends LiveTableError {
  readonly retryAfterMs: number;

  constructor({ status, header, text }: Answer) {
    const { code = `http_${status}`, message = `The service answered ${status}.` } = parseErrorBody(text);
    super(code, message, { status });
    const seconds = header('Retry-After') ?? '';
    this.retryAfterMs = /^\d+$/.test(seconds) ? Math.min(Number(seconds) * 1_000, longestRetryAfterMs) : 0;
  }
}

const longestRetryAfterMs = 600_000;

/**
 * Sends requests, each with a time limit, even if `fetch` ignores its signal. Requests have no headers: If-None-Match
 * would need a CORS preflight each time, and `fetch` would add a Cache-Control that makes the service revalidate. The
 * browser's cache revalidates instead.
 */
export function createExchange(fetch: Fetch, { setTimer }: Timing, timeoutMs: number, closing: AbortSignal) {
  return async (url: URL, cache: FetchInit['cache']): Promise<Answer> => {
    const limit = new AbortController();
    const { promise: over, reject } = Promise.withResolvers<never>();
    const end = (reason: unknown) => {
      reject(reason);
      limit.abort(reason);
    };
    const onClose = () => end(closing.reason);
    closing.addEventListener('abort', onClose);
    const cancel = setTimer(
      () => end(new LiveTableError('request_timeout', `No answer within ${timeoutMs} ms.`)),
      timeoutMs,
    );
    const send = async () => {
      const response = await fetch(url.href, { cache, signal: limit.signal });
      const header = (name: string) => response.headers.get(name) ?? undefined;
      return { status: response.status, header, text: await response.text() };
    };
    try {
      return await Promise.race([send(), over]);
    } catch (cause) {
      if (cause instanceof LiveTableError) throw cause;
      throw new LiveTableError('network_error', 'The request failed.', { cause });
    } finally {
      cancel();
      closing.removeEventListener('abort', onClose);
    }
  };
}

/** @throws LiveTableError `answer_invalid` if the text is not a JSON object */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (cause) {
    throw new LiveTableError('answer_invalid', 'The answer is not JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null)
    throw new LiveTableError('answer_invalid', 'The answer is not a JSON object.');
  return { ...value };
}

function parseErrorBody(text: string): { code?: string; message?: string } {
  try {
    const { code, message } = parseObject(text);
    return typeof code === 'string' && typeof message === 'string' ? { code, message } : {};
  } catch {
    return {}; // a gateway's own answer
  }
}
