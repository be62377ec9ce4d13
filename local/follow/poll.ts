import { setTimeout as sleep } from 'node:timers/promises';

/** The bound for the back-off after failures. */
const mostWaitMs = 30_000;

/**
 * Polls the database, and refreshes if transactions have ended since the last refresh. A poll without a change costs one
 * `readMoment`; a poll with any number of changes adds one refresh.
 * @param readMoment reads the moment (`pg_snapshot`), which changes when a writing transaction ends
 * @param refresh returns whether it succeeded; otherwise it is retried
 * @param say receives each new reason of a failure once, and the recovery
 */
export async function poll({
  everyMs,
  readMoment,
  refresh,
  say,
  signal,
  wait = (ms) => sleep(ms, undefined, { signal }),
}: {
  everyMs: number;
  readMoment: () => Promise<string>;
  refresh: () => Promise<boolean>;
  say: (text: string) => void;
  signal: AbortSignal;
  wait?: (ms: number) => Promise<unknown>;
}): Promise<void> {
  let refreshed: string | undefined;
  let reported: string | undefined;
  let waitMs = everyMs;
  while (!signal.aborted) {
    try {
      const moment = await readMoment(); // read before the refresh, so that a commit during it changes the next moment
      if (moment !== refreshed && (await refresh())) refreshed = moment;
      waitMs = everyMs;
      if (reported !== undefined) say('polling for changes works again');
      reported = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== reported) say(`polling for changes fails and is retried: ${reason}`);
      reported = reason;
      waitMs = Math.min(Math.max(2 * waitMs, everyMs), mostWaitMs);
    }
    await wait(waitMs).catch(() => {}); // aborted
  }
}
