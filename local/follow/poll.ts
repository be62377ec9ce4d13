import { setTimeout as sleep } from 'node:timers/promises';

/** The bound for the back-off after failures. */
const mostWaitMs = 30_000;

/**
 * Polls the database for transactions that ended since the last refresh, and then refreshes: any number of changed
 * rows costs one refresh, and no change costs one `readMoment`.
 * @param readMoment the pg_snapshot: it differs once a writing transaction has ended
 * @param refresh returns whether it succeeded; otherwise it is retried
 * @param say receives each new reason of failure once, and its end
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
      const moment = await readMoment(); // read before the refresh: commits during it lead to another moment
      if (moment !== refreshed && (await refresh())) refreshed = moment;
      waitMs = everyMs;
      if (told !== undefined) say('changes are followed again');
      told = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) say(`changes are not followed: ${reason}`);
      told = reason;
      waitMs = Math.min(Math.max(2 * waitMs, everyMs), mostWaitMs);
    }
    await wait(waitMs).catch(() => {}); // ended
  }
}
