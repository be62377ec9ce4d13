import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import { includes } from '../pg-snapshot.ts';
import type { Report } from '../report.ts';
import type { LoadedSnapshot } from '../snapshots/snapshot.ts';
import { StoreError } from '../stores/store.ts';
import type { Load, Loaded } from './loader.ts';

export interface ReadRequest {
  /** Ask now, even if memory is fresh: the answer is no older than this request. */
  noCache?: boolean;
  /** A transaction that the snapshot must include. */
  transactionId?: string | undefined;
  /** By the clock. */
  deadlineMs: number;
}

export interface Served {
  snapshot: LoadedSnapshot;
  from: Loaded['from'];
  /** How long ago, by this container's clock, the question was put whose answer was this snapshot. */
  ageMs: number;
  /** Somebody should have been asked, and did not answer. */
  stale: boolean;
}

export interface Reader {
  /** @throws UnavailableError where there is nothing to serve, or not what the request names; what `load` throws. */
  read(request: ReadRequest): Promise<Served>;
}

/** The times that decide what is served, in ms. */
export interface Freshness {
  /** For how long memory is served before the shared cache is asked again. 0: always ask. */
  freshForMs: number;
  /** For how long memory is served while nobody answers. */
  staleLimitMs: number;
  /** For how long a request waits for the transaction that it names. */
  transactionWaitMs: number;
}

export function createReader({
  load,
  loadWithoutStore,
  freshness: { freshForMs, staleLimitMs, transactionWaitMs },
  clock,
  report,
}: {
  load: Load;
  /** The table itself, when the shared cache is gone and memory holds nothing to serve. */
  loadWithoutStore?: Load;
  freshness: Freshness;
  clock: Clock;
  report: Report;
}): Reader {
  /** `validatedAtMs`: when the question was put whose answer was this snapshot. */
  let memory: { snapshot: LoadedSnapshot; validatedAtMs: number } | undefined;
  /** When the last question was put or, where it failed, had failed: a question that nobody answers takes seconds. */
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let flight: Promise<Loaded['from']> | undefined;

  /**
   * Puts the question, one at a time per container. A request that joined a question already under way would get an
   * answer older than itself, so where that matters (`fresh`) it waits for the next one.
   */
  async function ask(deadlineMs: number, { fresh }: { fresh: boolean }): Promise<Loaded['from']> {
    const current = flight;
    if (current !== undefined && !fresh) return current;
    if (current !== undefined) {
      await current.catch(() => {}); // whoever put it hears of it
      return ask(deadlineMs, { fresh: false });
    }
    const mine = validate(deadlineMs).finally(() => {
      flight = undefined;
    });
    flight = mine;
    return mine;
  }

  async function validate(deadlineMs: number): Promise<Loaded['from']> {
    const validatedAtMs = clock.now();
    askedAtMs = validatedAtMs;
    try {
      const { snapshot, from } = await load(memory?.snapshot, deadlineMs).catch((error: unknown) => {
        if (!(error instanceof StoreError) || ageMs() <= staleLimitMs || loadWithoutStore === undefined)
          throw error;
        report({ name: 'store.bypassed', level: 'error', cause: error });
        askedAtMs = clock.now();
        return loadWithoutStore(memory?.snapshot, deadlineMs);
      });
      memory = { snapshot, validatedAtMs };
      hasFailed = false;
      return from;
    } catch (error) {
      askedAtMs = clock.now();
      hasFailed = true;
      throw error;
    }
  }

  function serve(from: Loaded['from'], stale: boolean): Served {
    if (memory === undefined) throw new TypeError('nothing was loaded');
    return { snapshot: memory.snapshot, from, ageMs: ageMs(), stale };
  }

  async function readOnce({ noCache = false, deadlineMs }: ReadRequest): Promise<Served> {
    const sinceAskedMs = clock.now() - askedAtMs;
    // After a failure too the next question waits its time; the age goes on growing meanwhile.
    const askedLately = sinceAskedMs >= 0 && sinceAskedMs < freshForMs && flight === undefined;
    if (askedLately && !noCache && ageMs() <= Math.max(freshForMs, staleLimitMs))
      return serve('memory', hasFailed || ageMs() >= freshForMs);
    try {
      return serve(await ask(deadlineMs, { fresh: noCache }), false);
    } catch (error) {
      if (ageMs() > staleLimitMs) throw error;
      report({ name: 'list.stale', level: 'warn', ageMs: ageMs(), cause: error });
      return serve('memory', true);
    }
  }

  const ageMs = () =>
    memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, clock.now() - memory.validatedAtMs);

  return {
    async read(request) {
      const { transactionId } = request;
      const untilMs = Math.min(request.deadlineMs, clock.now() + transactionWaitMs);
      let served = await readOnce(request);
      if (transactionId === undefined) return served;
      for (
        let delayMs = 50;
        !includes(served.snapshot.head, transactionId);
        delayMs = Math.min(200, delayMs * 2)
      ) {
        if (clock.now() + delayMs > untilMs)
          throw new UnavailableError(
            'transaction_not_included',
            'No snapshot includes that transaction yet.',
            {
              retryAfterMs: 1_000,
            },
          );
        await clock.sleep(delayMs);
        served = await readOnce({ ...request, noCache: true });
      }
      return served;
    },
  };
}
