import type { FetchInit, FetchResponse } from '../api.ts';
import type { FakeReply, FakeRequest } from './fake-server.ts';
import type { createVirtualTime } from './virtual-time.ts';

/** The fate of a request: a changed answer, a network failure, or no answer at all. */
export type Happening = 'fails' | 'silent' | FakeReply | ((reply: FakeReply) => FakeReply);

/** A `fetch` to a fake server. A test scripts the fate of each request in advance. */
export function createScriptedNetwork(
  answer: (request: FakeRequest) => FakeReply,
  { timing, sleep }: ReturnType<typeof createVirtualTime>,
  latencyMs = 10,
) {
  const requests: (FakeRequest & { atMs: number; cache: string; signal: AbortSignal })[] = [];
  const happenings: Happening[] = [];
  let inFlight = 0;
  let mostInFlight = 0;

  async function exchange(request: FakeRequest, signal: AbortSignal): Promise<FetchResponse> {
    const happening = happenings.shift();
    if (happening === 'silent') await untilAborted(signal);
    const reply = answer(request);
    await Promise.race([sleep(latencyMs), untilAborted(signal)]);
    if (happening === 'fails') throw new TypeError('Failed to fetch');
    if (happening === undefined || happening === 'silent') return toResponse(reply);
    return toResponse(typeof happening === 'function' ? happening(reply) : happening);
  }

  return {
    requests,
    /** Scripts the fate of the next requests, one each; later requests reach the server. */
    next: (...coming: Happening[]) => void happenings.push(...coming),
    get mostInFlight() {
      return mostInFlight;
    },
    async fetch(
      url: string,
      { headers = {}, signal, cache }: FetchInit & { headers?: Record<string, string> },
    ): Promise<FetchResponse> {
      const request = { method: 'GET', url, headers: lowerCase(headers) };
      requests.push({ ...request, atMs: timing.nowMs(), cache, signal });
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      try {
        return await exchange(request, signal);
      } finally {
        inFlight -= 1;
      }
    },
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const lowerCase = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

export const toResponse = ({ status, headers, body }: FakeReply): FetchResponse => ({
  status,
  headers: { get: (name) => headers[name.toLowerCase()] ?? null },
  text: () => Promise.resolve(body),
});
