import { createFingerprint, type Fingerprint, type FingerprintCopy } from './fingerprint.ts';

/** A container of a function, or a session of the database. */
export interface Actor {
  name: string;
  /** Of the actors that can proceed, the undisturbed order takes the lowest rank. */
  rank: number;
  /** A container can die or freeze at any point; a session of the database cannot. */
  mortal: boolean;
  alive: boolean;
  /** The error of its clock. */
  skewMs: number;
  /** The number of points it has reached. */
  points: number;
  /** The number of its tasks that have not ended. */
  tasks: number;
}

/** A step that can be taken next. The first option is the one without interference. */
export interface Option {
  kind: 'proceed' | 'fail' | 'crash' | 'freeze';
  point: Point;
}

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

/** The most mishaps of a play. */
export interface Mishaps {
  crashes: number;
  failures: number;
  /** A container stands still for longer than a lease lasts, and until no other actor can go on. */
  freezes: number;
}

interface Point {
  actor: Actor;
  label: string;
  local: boolean;
  /** Counts the points of the actor. */
  number: number;
  readyAtMs: number;
  frozen: boolean;
  proceed(): void;
  fail: (() => void) | undefined;
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

const leaseIsOverMs = 31_000;

/** Resolves when no microtask is left: then every actor is at a point. */
async function quiet() {
  await undefined; // a tick requested from a microtask runs after all microtasks
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

/**
 * Runs all actors in one thread: at each await of a call it chooses who proceeds.
 * @param stepMs the duration of a step. With 0, time passes only in waits and freezes: no decision of the protocol
 * depends on the few milliseconds of a call, and swapped independent steps read the same times
 */
export function createScheduler(
  choose: Choose,
  mishaps: Mishaps,
  { stepMs, known }: { stepMs: number; known: KnownSteps | undefined },
): Scheduler {
  const left = { ...mishaps };
  const actors: Actor[] = [];
  let points: Point[] = [];
  let last: Actor | undefined;
  let nowMs = 1_700_000_000_000;
  const taken: Option[] = [];
  let chooseNext = choose;
  let found: Violation | undefined;
  /** Whether only its own actor has noticed the current step so far. */
  let isLocal = false;
  const fingerprint = createFingerprint();
  const shared = {
    put(part: string, content: unknown) {
      isLocal = false;
      fingerprint.put(part, content);
    },
    drop(part: string) {
      isLocal = false;
      fingerprint.drop(part);
    },
    append(part: string, event: unknown) {
      isLocal = false;
      fingerprint.append(part, event);
    },
  };

  const violation = (message: string) => {
    found ??= new Violation(message);
  };
  const observed = (actor: Actor, fact: unknown) => fingerprint.append(actor.name, fact);
  const readyIn = ({ readyAtMs }: Point) => (readyAtMs > nowMs ? readyAtMs - nowMs : 0);
  const frozen = (point: Point) => (point.frozen ? 1 : 0);
  const staysWith = ({ actor }: Point) => (actor === last ? 0 : 1);
  /** A function of the state alone, so that equal states have equal options. */
  const byDefault = (a: Point, b: Point) =>
    frozen(a) - frozen(b) ||
    readyIn(a) - readyIn(b) ||
    staysWith(a) - staysWith(b) ||
    a.actor.rank - b.actor.rank ||
    a.number - b.number;

  function options(): Option[] {
    const order = points.length > 1 ? points.toSorted(byDefault) : points;
    const options: Option[] = order.map((point) => ({ kind: 'proceed', point }));
    const [point] = order;
    if (point === undefined) return options;
    if (point.fail !== undefined && left.failures > 0) options.push({ kind: 'fail', point });
    if (point.actor.mortal && left.crashes > 0) options.push({ kind: 'crash', point });
    if (point.actor.mortal && left.freezes > 0 && !point.frozen) options.push({ kind: 'freeze', point });
    return options;
  }

  function take({ kind, point }: Option) {
    const { actor, number } = point;
    observed(actor, `${kind} ${number}`);
    isLocal = kind === 'proceed' && point.local;
    if (kind === 'crash') {
      left.crashes -= 1;
      actor.alive = false;
      points = points.filter((one) => one.actor !== actor);
      fingerprint.put(actor.name, 'has ended');
      return;
    }
    if (kind === 'freeze') {
      left.freezes -= 1;
      point.frozen = true;
      nowMs += leaseIsOverMs;
      return;
    }
    points = points.filter((one) => one !== point);
    last = actor;
    nowMs = Math.max(nowMs + stepMs, point.readyAtMs);
    if (kind === 'proceed') return point.proceed();
    left.failures -= 1;
    point.fail?.();
  }

  function state(): number {
    const stays = points.some(({ actor }) => actor === last) ? last?.name : '';
    return fingerprint.value(`${nowMs} ${stays} ${left.crashes} ${left.failures} ${left.freezes}`);
  }

  return {
    now() {
      isLocal = false;
      return nowMs;
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
      isLocal = false;
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
        points.push({
          ...{ actor, label, local, number: actor.points, readyAtMs: readyAtMs ?? 0 },
          ...{ frozen: false, proceed, fail },
        });
      });
    },
    async run() {
      for (;;) {
        await quiet();
        if (found !== undefined) throw found;
        const open = options();
        if (known?.copy !== undefined && known.steps === taken.length) fingerprint.resume(known.copy);
        const chosen = chooseNext(open, { state, copy: fingerprint.copy, lastWasLocal: isLocal });
        if (chosen === undefined) return false;
        const option = open[chosen];
        if (option !== undefined) {
          taken.push(option);
          take(option);
          continue;
        }
        if (open.length > 0) throw new RangeError(`there is no option ${chosen}`);
        const stuck = actors.find(({ alive, tasks }) => alive && tasks > 0);
        if (stuck !== undefined)
          throw new Error(`${stuck.name} waits for something other than a point: no step can wake it`);
        return true;
      }
    },
    calmDown() {
      chooseNext = () => 0;
      left.crashes = left.failures = left.freezes = 0;
    },
    violation,
  };
}

function labelOf({ kind, point: { actor, label } }: Option): string {
  if (kind === 'fail') return `${actor.name}: ${label} FAILS`;
  if (kind === 'crash') return `${actor.name} DIES at ${label}`;
  if (kind === 'freeze') return `${actor.name} FREEZES at ${label}`;
  return `${actor.name}: ${label}`;
}
