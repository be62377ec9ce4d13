import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import { createBreaker } from './breaker.ts';
import type { Loader } from './loader.ts';
import type { Refresh, Refreshed, RefreshRequest } from './refresh.ts';
import type { Validator } from './validator.ts';

interface Done {
  refreshed: Refreshed;
  /** Whether memory has the pointer that it has led to. */
  isAdopted: boolean;
}

type Why = Pick<RefreshRequest, 'repair' | 'catchUp'>;

/**
 * Refreshes that a reader needs for its own answers: one at a time per container, shared by all requests that need the same,
 * and after a failure not at once again.
 * @throws what a refresh throws, as long as it is not tried again too; UnavailableError where another container is at it
 */
export function createRefreshes({
  refresh,
  validator,
  loader,
  leastIntervalMs,
  clock,
}: {
  refresh: Refresh;
  validator: Pick<Validator, 'adopt'>;
  loader: Pick<Loader, 'offer'>;
  /** After a failure. */
  leastIntervalMs: number;
  clock: Clock;
}): (deadlineMs: number, why: Why) => Promise<Done> {
  let flight: { name: string; done: Promise<Done> } | undefined;
  const breaker = createBreaker(leastIntervalMs, clock);

  async function run(deadlineMs: number, why: Why): Promise<Done> {
    const sinceMs = clock.now();
    try {
      const refreshed = await refresh({ ...why, deadlineMs, wait: true, lingerMs: 0 });
      if (refreshed.outcome === 'recorded')
        throw new UnavailableError('refresh_pending', 'Another container is reading the tables.', {
          retryAfterMs: refreshed.retryAfterMs ?? 2_000,
        });
      if ('blobs' in refreshed && refreshed.blobs !== undefined) loader.offer(refreshed.blobs);
      const isAdopted = 'pointer' in refreshed && (await validator.adopt(refreshed.pointer, sinceMs));
      breaker.succeeded();
      return { refreshed, isAdopted };
    } catch (error) {
      breaker.failed(error);
      throw error;
    }
  }

  return async (deadlineMs, why) => {
    const name = JSON.stringify(why);
    while (flight !== undefined) {
      if (flight.name === name) return flight.done;
      await flight.done.catch(() => {}); // whoever began it hears of it
    }
    const blocked = breaker.blocking();
    if (blocked !== undefined) throw blocked.error;
    const done = run(deadlineMs, why).finally(() => {
      flight = undefined;
    });
    flight = { name, done };
    return done;
  };
}
