import { setTimeout as sleep } from 'node:timers/promises';

/** The bound for the back-off after failures. */
const mostWaitMs = 30_000;

/**
 * Polls the database for transactions that ended since the last refresh, and then refreshes: any number of changed
 * rows costs one refresh, and no change costs one `readMoment`.
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
  let told: string | undefined;
  let waitMs = everyMs;
  while (!signal.aborted) {
    try {
      const moment = await readMoment(); // read before the refresh, so that a commit during it changes the next moment
      if (moment !== refreshed && (await refresh())) refreshed = moment;
      waitMs = everyMs;
      if (told !== undefined) say('polling for changes works again');
      told = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) say(`polling for changes fails and is retried: ${reason}`);
      told = reason;
      waitMs = Math.min(Math.max(2 * waitMs, everyMs), mostWaitMs);
    }
    await wait(waitMs).catch(() => {}); // aborted
  }
}
