import type { Timing } from './api.ts';

/** The time between two requests. */
export function createPause(
  { nowMs, random, setTimer }: Timing,
  closing: AbortSignal,
  isHeld: () => boolean,
) {
  let isSkipped = false;
  let wake = () => {};
  closing.addEventListener('abort', () => wake());

  const sleep = (delayMs: number) =>
    new Promise<void>((resolve) => {
      const cancel = delayMs < Number.POSITIVE_INFINITY ? setTimer(resolve, delayMs) : () => {};
      wake = () => {
        cancel();
        resolve();
      };
    });

  return {
    /** Marks the begin of a request: a later `skip` ends the pause after it. */
    begin() {
      isSkipped = false;
    },
    /** Ends the pause as soon as the service allows it. */
    skip() {
      isSkipped = true;
      wake();
    },
    /**
     * Adds jitter to both times, so that clients that failed together do not retry together.
     * @param leastMs the service's Retry-After, which only closing shortens
     */
    async wait(delayMs: number, leastMs: number) {
      const startMs = nowMs();
      const least = leastMs * (1 + random() / 4);
      const delay = Math.max(least, delayMs * (0.75 + random() / 2));
      while (!closing.aborted) {
        const passed = nowMs() - startMs;
        if (passed >= least && (isSkipped || (passed >= delay && !isHeld()))) return;
        const end = passed < least ? least : passed < delay ? delay : Number.POSITIVE_INFINITY;
        await sleep(Math.ceil(end - passed)); // rounds up, because a fraction below the clock's resolution would never pass
      }
    },
  };
}
