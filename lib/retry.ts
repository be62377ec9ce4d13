import type { Clock } from './clock.ts';

/** Delays in ms: each is twice the one before, up to `mostMs`. */
export interface Delays {
  firstMs: number;
  mostMs: number;
}

/** The delay after `tries` failed tries (from 1); half of it is jitter. */
export const backOffMs = ({ firstMs, mostMs }: Delays, tries: number, random: () => number) =>
  Math.min(mostMs, firstMs * 2 ** (tries - 1)) * (0.5 + random() / 2);

/** The next try after a failure that may pass. */
export interface NextTry {
  /** Undefined: it follows at once. */
  delays: Delays | undefined;
  /** No try begins at this time, by the clock, or later. */
  untilMs: number;
  /** What is thrown if that is too late. */
  tooLate: unknown;
  /** Called before the delay. */
  report?: (delayMs: number) => void;
}

/**
 * Repeats a call after failures that may pass.
 * @param nextTry classifies the failure of try `tries` (from 1); throws the final error if no other try can help
 * @param deps.random returns 0 ≤ value < 1, for the jitter
 */
export async function retry<T>(
  call: () => Promise<T>,
  nextTry: (error: unknown, tries: number) => NextTry,
  { clock, random }: { clock: Clock; random: () => number },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const { delays, untilMs, tooLate, report } = nextTry(error, tries);
      const delayMs = delays === undefined ? 0 : backOffMs(delays, tries, random);
      if (clock.now() + delayMs >= untilMs) throw tooLate;
      report?.(delayMs);
      if (delayMs > 0) await clock.sleep(delayMs);
    }
  }
}
