import type { Fingerprint, FingerprintCopy } from './fingerprint.ts';
import { type Actor, labelOf, type Mishaps, type Option } from './options.ts';
import { createSteps } from './steps.ts';

/**
 * @param options none where nothing can happen any more
 * @returns the index of an option; undefined abandons the play
 */
export type Choose = (options: readonly Option[], situation: Situation) => number | undefined;

export interface Situation {
  /** The fingerprint of everything that decides how the play goes on. */
  state(): number;
  /** For a later play that repeats the steps so far. */
  copy(): FingerprintCopy;
  /** Whether only its own actor noticed the last step: it neither read nor changed the clock or anything shared. */
  lastWasLocal: boolean;
}

/** The first steps of a play, which an earlier play has taken and checked. */
export interface KnownSteps {
  steps: number;
  /** The fingerprint after them; undefined if this play needs none. */
  copy: FingerprintCopy | undefined;
}

export interface PointOptions {
  /** By the true time; by default at once. */
  readyAtMs?: number;
  /** What the caller sees of a failure here. By default nothing fails here. */
  failure?: () => Error;
  /** Whether the step from here reads nothing shared but the clock, and changes nothing shared except through `shared`. */
  local?: boolean;
}

export interface Scheduler {
  now(): number;
  /** The steps that were taken, in order. */
  trace(): string[];
  /** How many steps were taken. */
  steps(): number;
  spawn(actor: Pick<Actor, 'name' | 'rank'> & Partial<Actor>): Actor;
  /** Starts a task of the actor, which may wait for points only. */
  start(actor: Actor, task: () => Promise<void>): void;
  /** Resolves when the actor is chosen; never, if it is dead. */
  point(actor: Actor, label: string, options?: PointOptions): Promise<void>;
  /**
   * Notes what the actor has learned. Everything it can decide by must be noted: results, times, random values. Once
   * its tasks have ended, the notes no longer count.
   */
  observed(actor: Actor, fact: unknown): void;
  /** Replaces all notes of an actor that is at no point by what it still knows. */
  remembers(actor: Actor, facts: string): void;
  /** Notes what the actors share. */
  shared: Pick<Fingerprint, 'put' | 'append' | 'drop'>;
  /**
   * Takes steps until no actor can proceed.
   * @returns false if the play was abandoned
   * @throws Violation
   */
  run(): Promise<boolean>;
  /** From here on nothing interferes. */
  calmDown(): void;
  /** Makes `run` throw a Violation after this step. */
  violation(message: string): void;
}

export class Violation extends Error {}

/** Resolves when no microtask is left: then every actor is at a point. */
async function quiet() {
  await undefined; // a tick requested from a microtask runs after all microtasks
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

/** Runs all actors in one thread: at each await of a call it chooses who proceeds. */
export function createScheduler(
  choose: Choose,
  mishaps: Mishaps,
  { stepMs, known }: { stepMs: number; known: KnownSteps | undefined },
): Scheduler {
  const steps = createSteps(mishaps, stepMs);
  const { fingerprint, shared, observed } = steps;
  const actors: Actor[] = [];
  const taken: Option[] = [];
  let chooseNext = choose;
  let found: Violation | undefined;
  const violation = (message: string) => {
    found ??= new Violation(message);
  };

  return {
    now() {
      steps.notice();
      return steps.nowMs();
    },
    steps: () => taken.length,
    trace: () => taken.map(labelOf),
    shared,
    observed,
    remembers(actor, facts) {
      actor.points = 0;
      fingerprint.put(actor.name, facts);
    },
    spawn(given) {
      steps.notice();
      const actor = { mortal: true, alive: true, skewMs: 0, points: 0, tasks: 0, ...given };
      actors.push(actor);
      return actor;
    },
    start(actor, task) {
      actor.tasks += 1;
      task()
        .catch((error: unknown) => violation(`${actor.name} threw: ${String(error)}`))
        .finally(() => {
          actor.tasks -= 1;
          if (actor.tasks === 0) fingerprint.put(actor.name, 'has ended');
        });
    },
    point(actor, label, { readyAtMs, failure, local = false } = {}) {
      if (readyAtMs !== undefined) observed(actor, `ready at ${readyAtMs}`);
      return new Promise((proceed, reject) => {
        if (!actor.alive) return;
        actor.points += 1;
        const fail = failure === undefined ? undefined : () => reject(failure());
        steps.wait({
          ...{ actor, label, local, number: actor.points, readyAtMs: readyAtMs ?? 0 },
          ...{ frozen: false, proceed, fail },
        });
      });
    },
    async run() {
      for (;;) {
        await quiet();
        if (found !== undefined) throw found;
        const options = steps.options();
        if (known?.copy !== undefined && known.steps === taken.length) fingerprint.resume(known.copy);
        const situation = { state: steps.state, copy: fingerprint.copy, lastWasLocal: steps.isLocal() };
        const chosen = chooseNext(options, situation);
        if (chosen === undefined) return false;
        const option = options[chosen];
        if (option === undefined && options.length > 0) throw new RangeError(`there is no option ${chosen}`);
        if (option === undefined) return allHaveEnded(actors);
        taken.push(option);
        steps.take(option);
      }
    },
    calmDown() {
      chooseNext = () => 0;
      steps.calmDown();
    },
    violation,
  };
}

function allHaveEnded(actors: readonly Actor[]): true {
  const stuck = actors.find(({ alive, tasks }) => alive && tasks > 0);
  if (stuck !== undefined)
    throw new Error(`${stuck.name} waits for something other than a point: no step can wake it`);
  return true;
}
