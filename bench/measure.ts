import type { Figure } from './figure.ts';
import type { World } from './world.ts';

/**
 * One benchmark: it takes its subjects in turns, so that a busy moment of the machine falls on all of them.
 */
export type Measure = (bench: Bench) => Promise<Figure[]>;

export interface Bench {
  world: World;
  /** Numbers of topics to measure at, ascending. */
  sizes: readonly number[];
  /** Whether minutes matter more than digits. */
  quick: boolean;
  /** Tells the user what is going on: one short line. */
  progress: (line: string) => void;
}
