import type { Build } from './build.ts';
import type { Figure } from './figure.ts';
import type { World } from './world.ts';

export interface Bench {
  world: World;
  /** Ends what was started when the measure is over, whatever happens. */
  later<S extends { stop(): Promise<unknown> }>(started: Promise<S> | S): Promise<S>;
  /** The working tree. */
  now: Build;
  /** The commit of `--beside`; undefined without. */
  before: Build | undefined;
  /** Fewer rounds, and at most 10,000 rows. */
  quick: boolean;
  /** 1,000,000 rows too. */
  large: boolean;
  /** Alternating rounds of cold starts. */
  pairs: number;
  /** Told in one line what is going on. */
  progress: (line: string) => void;
}

/** Subjects take turns, so that a busy moment of the machine falls on all of them. */
export type Measure = (bench: Bench) => Promise<Figure[]>;

/** Names of subjects, as they are printed. */
export const names = {
  now: 'this project',
  before: 'the former commit',
  original: 'FastAPI + Django',
  bytesKept: 'FastAPI, bytes kept',
  rest: 'Django REST framework',
  constant: 'a constant function',
  empty: 'an empty function',
  sameCalls: 'the same DynamoDB calls alone',
  select: 'SELECT by pg',
} satisfies Record<string, string>;
