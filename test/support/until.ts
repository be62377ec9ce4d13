import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition that sends no event, such as a state of PostgreSQL or of another process: it is checked every
 * `everyMs`.
 * @throws Error if it does not hold within `withinMs`
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { withinMs = 20_000, everyMs = 20 } = {},
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(everyMs);
  }
}
