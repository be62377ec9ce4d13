import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { RefreshRequests, RefreshState } from '../stores/requests.ts';
import { type PublishDeps, type Published, publish } from './publish.ts';
import { readOrCreatePointer } from './replace-pointer.ts';

export interface ReadAndPublishDeps extends PublishDeps {
  requests: RefreshRequests;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
  report: Report;
}

/** The longest wait between two attempts. */
const longestBackOffMs = 5_000;

/**
 * Reads and publishes, again and again until nobody else has published meanwhile, or time is up. An attempt that was
 * interrupted after it had stored something is resumed, and what it has stored counts: a store that throttles lets a large
 * publication come to its end. One that has stored nothing has met a store, or a database, that is down.
 *
 * @returns what was published, and the requests as they were noted before the tables were read
 * @throws what the source throws; StoreError; UnavailableError `publication_contended`
 */
export async function readAndPublish(
  deps: ReadAndPublishDeps,
  {
    owner,
    noted,
    pointer: first,
    repair,
    deadlineMs,
    leaseUntilMs,
  }: {
    owner: string;
    noted: RefreshState;
    /** Where it was read already, before the tables are. */
    pointer: Pointer | undefined;
    repair: ReadonlySet<string>;
    deadlineMs: number;
    leaseUntilMs: () => number;
  },
): Promise<Published & { noted: RefreshState }> {
  const { requests, clock, random, report } = deps;
  let state = noted;
  for (let attempt = 1; ; attempt += 1) {
    const startMs = clock.now();
    const isResumed = attempt > 1;
    let writtenBytes = 0;
    const onPut = (bytes: number) => {
      writtenBytes += bytes;
    };
    try {
      const pointer =
        (isResumed ? undefined : first) ?? (await readOrCreatePointer(deps.pointers, deps.newId));
      const request = `${state.incarnation} ${state.requested}`;
      const pending = [...state.pending.keys()];
      const published = await publish(deps, {
        ...{ pointer, pending, request, repair, isResumed, onPut, deadlineMs },
      });
      if (published !== undefined) {
        reportDone(published, {
          pendingBefore: pending.length,
          writtenBytes,
          refreshMs: clock.now() - startMs,
        });
        return { ...published, noted: state };
      }
      report({ name: 'refresh.superseded', attempt });
    } catch (error) {
      const passes = error instanceof UnavailableError;
      const delayMs = random() * Math.min(longestBackOffMs, 100 * 2 ** attempt);
      if (!passes || writtenBytes === 0 || clock.now() + delayMs >= deadlineMs) throw error;
      report({ name: 'refresh.attempt_failed', level: 'warn', attempt, cause: error });
      await clock.sleep(delayMs);
    }
    if (clock.now() >= deadlineMs)
      throw new UnavailableError('publication_contended', 'Others published again and again meanwhile.', {
        retryAfterMs: 1_000,
      });
    // What came meanwhile is served by the next attempt. The lease saves work: it may be another's by now.
    const lease = { owner, nowMs: clock.now(), untilMs: leaseUntilMs() };
    state = (await requests.acquire(lease)) ?? (await requests.read()) ?? state;
  }

  function reportDone(
    { outcome, pointer, read, leftOut, held, rows, readRows }: Published,
    {
      pendingBefore,
      writtenBytes,
      refreshMs,
    }: Record<'pendingBefore' | 'writtenBytes' | 'refreshMs', number>,
  ) {
    for (const [table, { reason, error }] of leftOut)
      report({
        name: 'table.left_out',
        level: reason === 'locked' ? 'warn' : 'error',
        table,
        reason,
        cause: error,
      });
    for (const [table, result] of read.tables)
      if ('unknownColumns' in result && result.unknownColumns.length > 0)
        report({ name: 'table.unknown_columns', level: 'warn', table, columns: result.unknownColumns });
    if (held.length > 0) report({ name: 'table.held', level: 'error', tables: held });
    report({
      name: 'refresh.done',
      outcome,
      generation: pointer.generation,
      rows,
      readRows,
      writtenBytes,
      refreshMs,
      pendingTransactions: pendingBefore - read.settled.length,
    });
  }
}
