import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';

/** A virtual clock: when all actors sleep, it advances to the first wake-up. */
export function createTimeline(): {
  clock: Clock;
  run(actors: readonly (() => Promise<void>)[]): Promise<void>;
} {
  let nowMs = 1_700_000_000_000;
  let sleepers: { wakesAtMs: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    sleep: (ms) =>
      new Promise((wake) => {
        sleepers.push({ wakesAtMs: nowMs + ms, wake });
      }),
  };
  return {
    clock,
    async run(actors) {
      let left = actors.length;
      const all = Promise.all(
        actors.map(async (actor) => {
          await actor();
          left -= 1;
        }),
      );
      while (left > 0) {
        // Microtasks end within one turn; a compression on a thread ends within a few, at the same virtual time.
        for (let turns = 0; turns < 3; turns += 1) await turn();
        const next = Math.min(...sleepers.map(({ wakesAtMs }) => wakesAtMs));
        if (next === Number.POSITIVE_INFINITY) continue;
        nowMs = next;
        const awake = sleepers.filter(({ wakesAtMs }) => wakesAtMs <= nowMs);
        sleepers = sleepers.filter(({ wakesAtMs }) => wakesAtMs > nowMs);
        for (const { wake } of awake) wake();
      }
      await all;
    },
  };
}
