import type { Timing } from '../api.ts';

/** Time that passes only by `advance`, and chance that is given. */
export function createVirtualTime(random: () => number = () => 0.5) {
  let nowMs = 0;
  /** In the order in which they are due, and were set. */
  const timers: { atMs: number; call: () => void }[] = [];

  const timing: Timing = {
    nowMs: () => nowMs,
    random,
    setTimer(call, delayMs) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), call };
      timers.splice(timers.findLastIndex(({ atMs }) => atMs <= timer.atMs) + 1, 0, timer);
      return () => {
        timer.call = () => {}; // it may be due with the one that cancels it
        const at = timers.indexOf(timer);
        if (at !== -1) timers.splice(at, 1);
      };
    },
  };

  /** All timers of the earliest time. */
  function takeDue(untilMs: number) {
    nowMs = Math.min(untilMs, timers[0]?.atMs ?? untilMs);
    const later = timers.findIndex(({ atMs }) => atMs > nowMs);
    return timers.splice(0, later === -1 ? timers.length : later);
  }

  return {
    timing,
    /** Lets time pass; what the timers begin is settled before later timers are called. */
    async advance(ms: number) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const due = takeDue(untilMs);
        if (due.length === 0) return;
        for (const timer of due) timer.call();
        await settle();
      }
    },
    sleep: (ms: number) => new Promise<void>((resolve) => timing.setTimer(resolve, ms)),
  };
}

/** All promises that wait for no timer come to their ends. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
