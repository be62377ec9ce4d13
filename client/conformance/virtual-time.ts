import type { Timing } from '../api.ts';

/** Time that passes only by `advance`, and chance that is given. */
export function createVirtualTime(random: () => number = () => 0.5) {
  let nowMs = 0;
  let order = 0;
  const timers = new Map<number, { atMs: number; call: () => void }>();

  const timing: Timing = {
    nowMs: () => nowMs,
    random,
    setTimer(call, delayMs) {
      const id = order++;
      timers.set(id, { atMs: nowMs + Math.max(0, delayMs), call });
      return () => timers.delete(id);
    },
  };

  /** All timers of the earliest time, in the order in which they were set. */
  function takeDue(untilMs: number) {
    let dueMs = untilMs;
    for (const { atMs } of timers.values()) dueMs = Math.min(dueMs, atMs);
    nowMs = dueMs;
    const due = [...timers].filter(([, { atMs }]) => atMs <= dueMs);
    for (const [id] of due) timers.delete(id);
    return due.map(([, { call }]) => call);
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
        for (const call of due) call();
        await settle();
      }
    },
    sleep: (ms: number) => new Promise<void>((resolve) => timing.setTimer(resolve, ms)),
  };
}

/** All promises that wait for no timer come to their ends. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
