import type { Clock } from '../clock.ts';
import { type CodedError, UnavailableError } from '../errors.ts';
import { createBreaker } from './breaker.ts';
import { errorOf } from './read-error.ts';
import type { Refreshed, Refresher } from './refresher.ts';
import type { Validator } from './validator.ts';

type Done = Exclude<Refreshed, { outcome: 'recorded' }> & {
  /** Whether memory has the pointer that it has led to. */
  isAdopted: boolean;
};

/**
 * Refreshes that a reader needs for its own answers: one at a time per container, shared by all requests that need the same,
 * and after a failure not at once again. What it is for is written as a name.
 * @throws what a refresh throws, as long as it is not tried again too; UnavailableError where another container is at it
 */
export function createRefreshes({
  refresher,
  validator,
  leastIntervalMs,
  clock,
}: {
  refresher: () => Promise<Refresher>;
  validator: Pick<Validator, 'adopt'>;
  /** After a failure. */
  leastIntervalMs: number;
  clock: Clock;
}) {
  let flight: { name: string; done: Promise<Done> } | undefined;
  const breaker = createBreaker(leastIntervalMs, clock);

  async function run(work: (refresher: Refresher) => Promise<Refreshed>): Promise<Done> {
    const sinceMs = clock.now();
    try {
      const refreshed = await work(await refresher());
      if (refreshed.outcome === 'recorded')
        throw new UnavailableError('refresh_pending', 'Another container is reading the tables.', {
          retryAfterMs: refreshed.retryAfterMs ?? 2_000,
        });
      const isAdopted = await validator.adopt(refreshed.pointer, sinceMs);
      const [fault] = refreshed.leftOut.values();
      if (fault === undefined) breaker.succeeded();
      else breaker.failed(errorOf(fault));
      return { ...refreshed, isAdopted };
    } catch (error) {
      breaker.failed(error);
      throw error;
    }
  }

  async function share(name: string, work: (refresher: Refresher) => Promise<Refreshed>): Promise<Done> {
    while (flight !== undefined) {
      if (flight.name === name) return flight.done;
      await flight.done.catch(() => {}); // whoever began it hears of it
    }
    const blocked = breaker.blocking();
    if (blocked !== undefined) throw blocked.error;
    const done = run(work).finally(() => {
      flight = undefined;
    });
    flight = { name, done };
    return done;
  }

  return {
    /** A refresh was made, and has not led to what it was for. */
    failed: (error: CodedError) => breaker.failed(error),
    catchUp: (deadlineMs: number) => share('catch up', ({ catchUp }) => catchUp({ deadlineMs })),
    repair: (deadlineMs: number, hashes: readonly string[]) =>
      share(`repair ${hashes}`, ({ refresh }) =>
        refresh({ deadlineMs, wait: true, lingerMs: 0, repair: hashes }),
      ),
  };
}
