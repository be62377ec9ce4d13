import { setTimeout as sleep } from 'node:timers/promises';

/** The longest wait after a try that failed, and others before it. */
const mostWaitMs = 30_000;

/**
 * Looks at intervals whether a transaction has ended in the database since the last refresh, and refreshes when one has: a
 * change costs one refresh, however many rows it has, and no change costs `readMoment`.
 *
 * @param readMoment the snapshot of the database: it differs once any transaction with a write has ended
 * @param refresh whether it was done: it is tried again where not
 * @param say told of a failure, once for each reason, and of its end
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
      const moment = await readMoment(); // before the refresh: what is committed during it differs from this
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
