import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { RefreshRequests, RefreshState } from '../stores/requests.ts';
import { keepLease, type Leases } from './lease.ts';
import { type PublishDeps, type Published, publish } from './publish.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import { reportPublished } from './report-published.ts';

export interface ReadAndPublishDeps extends PublishDeps {
  requests: RefreshRequests;
  leases: Leases;
  clock: Clock;
  /** Returns 0 ≤ value < 1. */
  random: () => number;
  report: Report;
}

/** The longest delay between two attempts. */
const longestBackOffMs = 5_000;

/**
 * Reads and publishes. Starts over if another writer replaced the pointer, until the deadline. Retries a transient failure of
 * an attempt that has stored something: the next attempt skips the stored blobs, so a large publication completes despite
 * throttling. Throws a failure before anything was stored, because the store or the database is down.
 * @returns the publication, and the requests that were noted before the tables were read
 * @throws the source's errors; StoreError; UnavailableError `publication_contended`
 */
export async function readAndPublish(
  deps: ReadAndPublishDeps,
  {
    owner,
    noted,
    pointer: first,
    repair,
    deadlineMs,
  }: {
    owner: string;
    noted: RefreshState;
    /** The pointer, if it was already read, before the tables. */
    pointer: Pointer | undefined;
    repair: ReadonlySet<string>;
    deadlineMs: number;
  },
): Promise<Published & { noted: RefreshState }> {
  const { leases, clock, random, report } = deps;
  let state = noted;
  for (let attempt = 1; ; attempt += 1) {
    const startMs = clock.now();
    const isResumed = attempt > 1;
    let writtenBytes = 0;
    const onStep = keepLease(leases, state, owner, deadlineMs);
    const onPut = (bytes: number) => {
      writtenBytes += bytes;
      return onStep();
    };
    try {
      await onStep();
      const pointer =
        (isResumed ? undefined : first) ?? (await readOrCreatePointer(deps.pointers, deps.newId));
      const request = `${state.incarnation} ${state.requested}`;
      const pending = [...state.pending.keys()];
      const published = await publish(deps, {
        ...{ pointer, pending, request, repair, isResumed, onStep, onPut, deadlineMs },
      });
      if (published !== undefined) {
        reportPublished(report, published, {
          pendingBefore: pending.length,
          writtenBytes,
          refreshMs: clock.now() - startMs,
        });
        return { ...published, noted: state };
      }
      report({ name: 'refresh.superseded', attempt });
    } catch (error) {
      const isTransient = error instanceof UnavailableError;
      const delayMs = random() * Math.min(longestBackOffMs, 100 * 2 ** attempt);
      if (!isTransient || writtenBytes === 0 || clock.now() + delayMs >= deadlineMs) throw error;
      report({ name: 'refresh.attempt_failed', level: 'warn', attempt, cause: error });
      await clock.sleep(delayMs);
    }
    if (clock.now() >= deadlineMs) throw contended();
    // The next attempt also serves requests that arrived meanwhile. If another container has the lease by now, both read.
    state = await leases.renew(owner, deadlineMs, state);
  }
}

const contended = () =>
  new UnavailableError(
    'publication_contended',
    'Other containers kept publishing during this refresh: retry.',
    { retryAfterMs: 1_000 },
  );
