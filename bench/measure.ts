import type { Build } from './build.ts';
import type { Figure } from './figure.ts';
import type { World } from './world.ts';

export interface Bench {
  world: World;
  /** The Python that runs the peers. */
  python: string;
  /** Registers a started process or server, which is stopped at the end of the measure, also after an error. */
  later<S extends { stop(): Promise<unknown> }>(started: Promise<S> | S): Promise<S>;
  /** The working tree. */
  now: Build;
  /** The commit of `--beside`; undefined without it. */
  before: Build | undefined;
  /** Fewer rounds, and at most 10,000 rows. */
  quick: boolean;
  /** Whether to measure 1,000,000 rows too. */
  large: boolean;
  /** Alternating rounds of cold starts. */
  pairs: number;
  /** Prints a line about the progress. */
  progress: (line: string) => void;
}

/** Subjects take turns, so that a busy period of the machine affects all of them. */
export type Measure = (bench: Bench) => Promise<Figure[]>;

/** The printed names of subjects. */
export const names = {
  now: 'this project',
  before: 'the former commit',
  original: 'FastAPI + Django',
  encoded: 'FastAPI, encoded list kept',
  rest: 'Django REST framework',
  constant: 'a constant function',
  empty: 'an empty function',
  sameCalls: 'the same DynamoDB calls alone',
  select: 'SELECT by pg',
} satisfies Record<string, string>;
