import type { Clock } from '../clock.ts';
import { type CodedError, UnavailableError } from '../errors.ts';
import { createBreaker } from './breaker.ts';
import { errorOf } from './read-error.ts';
import type { Refreshed, Refresher } from './refresher.ts';
import type { Validator } from './validator.ts';

type Done = Exclude<Refreshed, { outcome: 'recorded' }> & {
  /** Whether memory has adopted the resulting pointer. */
  isAdopted: boolean;
};

/**
 * Refreshes that a reader needs for its own answers: one at a time per container, shared by all requests with the
 * same `purpose`, with back-off after a failure.
 * @throws the refresh's error, until the back-off is over; UnavailableError while another container is reading
 */
export function createRefreshes({
  refresher,
  validator,
  leastIntervalMs,
  clock,
}: {
  refresher: () => Promise<Refresher>;
  validator: Pick<Validator, 'adopt'>;
  /** The back-off after the first failure. */
  leastIntervalMs: number;
  clock: Clock;
}) {
  let flight: { purpose: string; done: Promise<Done> } | undefined;
  const breaker = createBreaker(leastIntervalMs, clock);

  async function run(work: (refresher: Refresher) => Promise<Refreshed>): Promise<Done> {
    const sinceMs = clock.now();
    try {
      const refreshed = await work(await refresher());
      if (refreshed.outcome === 'recorded')
        throw new UnavailableError('refresh_pending', 'Another container is refreshing the tables: retry.', {
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

  async function share(purpose: string, work: (refresher: Refresher) => Promise<Refreshed>): Promise<Done> {
    while (flight !== undefined) {
      if (flight.purpose === purpose) return flight.done;
      await flight.done.catch(() => {}); // its waiters handle the failure
    }
    const blocked = breaker.blocking();
    if (blocked !== undefined) throw blocked.error;
    const done = run(work).finally(() => {
      flight = undefined;
    });
    flight = { purpose, done };
    return done;
  }

  return {
    /** The refresh succeeded, but did not fulfil its purpose. */
    failed: (error: CodedError) => breaker.failed(error),
    catchUp: (deadlineMs: number) => share('catch up', ({ catchUp }) => catchUp({ deadlineMs })),
    repair: (deadlineMs: number, hashes: readonly string[]) =>
      share(`repair ${hashes}`, ({ refresh }) =>
        refresh({ deadlineMs, wait: true, lingerMs: 0, repair: hashes }),
      ),
  };
}
