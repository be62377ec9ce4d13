import type { Timing } from '../api.ts';

/** A clock that only `advance` moves, and injected randomness. */
export function createVirtualTime(random: () => number = () => 0.5) {
  let nowMs = 0;
  /** Ordered by due time, then by creation. */
  const timers: { atMs: number; call: () => void }[] = [];

  const timing: Timing = {
    nowMs: () => nowMs,
    random,
    setTimer(call, delayMs) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), call };
      timers.splice(timers.findLastIndex(({ atMs }) => atMs <= timer.atMs) + 1, 0, timer);
      return () => {
        timer.call = () => {}; // it may be due at the same time as the timer that cancels it
        const at = timers.indexOf(timer);
        if (at !== -1) timers.splice(at, 1);
      };
    },
  };

  /** All timers with the earliest due time. */
  function takeDue(untilMs: number) {
    nowMs = Math.min(untilMs, timers[0]?.atMs ?? untilMs);
    const later = timers.findIndex(({ atMs }) => atMs > nowMs);
    return timers.splice(0, later === -1 ? timers.length : later);
  }

  return {
    timing,
    /** Advances the clock. Work that a timer starts settles before later timers run. */
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

/** Waits until all promises that need no timer have settled. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
