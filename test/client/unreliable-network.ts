import type { Fetch, FetchResponse } from '../../client/api.ts';
import type { FakeReply, FakeRequest } from '../../client/conformance/fake-server.ts';
import { errorReply } from '../../client/conformance/fake-server.ts';
import { toResponse } from '../../client/conformance/scripted-network.ts';
import type { createVirtualTime } from '../../client/conformance/virtual-time.ts';

/**
 * An unreliable network between clients and containers. Requests and answers are lost, delayed by up to a minute, or
 * repeated (the server gets a request twice; a cache repeats an earlier answer of the same URL). Bodies are truncated, and
 * a gateway answers 429 and 503. `heal` ends all faults.
 */
export function createUnreliableNetwork(
  containers: readonly ((request: FakeRequest) => FakeReply | Promise<FakeReply>)[],
  { sleep }: Pick<ReturnType<typeof createVirtualTime>, 'sleep'>,
  random: () => number,
) {
  const below = (limit: number) => Math.floor(random() * limit);
  const kept = new Map<string, FakeReply>();
  const mostKept = 1_000;
  const counts = { requests: 0, lost: 0, late: 0, doubled: 0, cached: 0, cut: 0, refused: 0 };
  let isHealed = false;

  const ask = (request: FakeRequest) =>
    containers[below(containers.length)]?.(request) ?? errorReply(500, 'none');

  function keep({ url }: FakeRequest, reply: FakeReply) {
    if (reply.status !== 200) return;
    kept.set(url, reply);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  }

  async function exchange(request: FakeRequest): Promise<FetchResponse> {
    counts.requests += 1;
    await sleep(5 + below(50));
    const fate = isHealed ? 1 : random();
    if (fate < 0.03) throw lost(counts);
    if (fate < 0.05) {
      counts.refused += 1;
      if (below(2) === 0) throw new TypeError('Failed to fetch'); // a gateway's own answer has no CORS headers
      return toResponse(
        errorReply(below(2) === 0 ? 429 : 503, 'busy', { 'retry-after': String(1 + below(5)) }),
      );
    }
    let reply = await ask(request);
    if (fate < 0.09) {
      counts.doubled += 1;
      reply = await ask(request);
    }
    const earlier = kept.get(request.url);
    if (fate >= 0.09 && fate < 0.13 && earlier && !('cache-control' in request.headers)) {
      counts.cached += 1;
      reply = earlier;
    }
    keep(request, reply);
    const isLate = fate >= 0.13 && fate < 0.18;
    if (isLate) counts.late += 1;
    await sleep(isLate ? below(60_000) : 5 + below(50));
    if (fate >= 0.18 && fate < 0.21) throw lost(counts);
    if (fate >= 0.21 && fate < 0.24) {
      counts.cut += 1;
      return toResponse({ ...reply, body: reply.body.slice(0, below(reply.body.length)) });
    }
    return toResponse(reply);
  }

  const fetch: Fetch = (url, { cache }) => {
    const headers: Record<string, string> = cache === 'no-cache' ? { 'cache-control': 'max-age=0' } : {}; // as browsers do
    return exchange({ method: 'GET', url, headers });
  };
  return {
    fetch,
    counts,
    heal() {
      isHealed = true;
    },
  };
}

function lost(counts: { lost: number }) {
  counts.lost += 1;
  return new TypeError('Failed to fetch');
}
