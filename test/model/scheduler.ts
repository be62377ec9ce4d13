import { setImmediate as turn } from 'node:timers/promises';

/** Whoever does something: a container of a function, or a session of the database. */
export interface Actor {
  name: string;
  /** Containers die at any point; a session of the database is ended by its own words. */
  mortal: boolean;
  alive: boolean;
  /** How far its clock is from the true time. */
  skewMs: number;
  /** Calls under way that may be at work on a thread, where the scheduler cannot see them. */
  opaque: number;
}

/** Something that may happen next. The first option is what happens when nobody interferes. */
export interface Option {
  label: string;
  kind: 'proceed' | 'fail' | 'crash' | 'freeze';
  act(): void;
}

export type Choose = (options: readonly [Option, ...Option[]]) => number;

/** How often something goes wrong in one run, at most. */
export interface Mishaps {
  crashes: number;
  failures: number;
  /** A container stands still for longer than a lease lasts, and until nobody else has anything left to do. */
  freezes: number;
}

interface Point {
  actor: Actor;
  label: string;
  readyAtMs: number;
  opaque: boolean;
  frozen: boolean;
  proceed(): void;
  fail: (() => void) | undefined;
}

export interface PointOptions {
  /** By the true time. */
  readyAtMs?: number;
  /** What a failure here is to the caller. Without it, nothing fails here. */
  failure?: () => Error;
  /** Whether the caller is within `opaque`. */
  opaque?: boolean;
}

export interface Scheduler {
  now(): number;
  advance(ms: number): void;
  /** What was done, in order. */
  trace: readonly string[];
  spawn(actor: Pick<Actor, 'name'> & Partial<Actor>): Actor;
  /** The actor goes on when it is chosen to; a dead one never. */
  point(actor: Actor, label: string, options?: PointOptions): Promise<void>;
  /** Marks work that goes on between points, so that the next choice waits for it. */
  opaque<T>(actor: Actor, work: () => Promise<T>): Promise<T>;
  /** Goes on until nobody has anything left to do. Whatever was found wrong is thrown here. */
  run(): Promise<void>;
  /** From here on nobody interferes. */
  calmDown(): void;
  /** What a check found. */
  violation(message: string): void;
}

export class Violation extends Error {}

const leaseIsOverMs = 31_000;

/** One thread of all actors: every await of a call is a point at which somebody is chosen to go on. */
export function createScheduler(choose: Choose, mishaps: Mishaps): Scheduler {
  const left = { ...mishaps };
  const actors: Actor[] = [];
  let points: Point[] = [];
  let last: Actor | undefined;
  let nowMs = 1_700_000_000_000;
  const trace: string[] = [];
  let chooseNext = choose;
  let found: Violation | undefined;

  /** Until everybody who is alive is at a point, or waits for somebody who is. */
  async function quiet() {
    do await turn();
    while (actors.some((actor) => actor.alive && actor.opaque > atOpaquePoints(actor)));
  }
  const atOpaquePoints = (actor: Actor) =>
    points.filter((point) => point.opaque && point.actor === actor).length;

  function options(): Option[] {
    const order = points.toSorted(
      (a, b) => Number(a.frozen) - Number(b.frozen) || readyIn(a) - readyIn(b) || staysWith(a) - staysWith(b),
    );
    const [first] = order;
    if (first === undefined) return [];
    const options: Option[] = order.map((point) => ({
      label: `${point.actor.name}: ${point.label}`,
      kind: 'proceed',
      act: () => go(point),
    }));
    const { fail, actor, label } = first;
    if (fail !== undefined && left.failures > 0)
      options.push({
        label: `${actor.name}: ${label} FAILS`,
        kind: 'fail',
        act() {
          left.failures -= 1;
          take(first);
          fail();
        },
      });
    if (actor.mortal && left.crashes > 0)
      options.push({
        label: `${actor.name} DIES at ${label}`,
        kind: 'crash',
        act() {
          left.crashes -= 1;
          actor.alive = false;
          points = points.filter((point) => point.actor !== actor);
        },
      });
    if (actor.mortal && left.freezes > 0 && !first.frozen)
      options.push({
        label: `${actor.name} FREEZES at ${label}`,
        kind: 'freeze',
        act() {
          left.freezes -= 1;
          first.frozen = true;
          nowMs += leaseIsOverMs;
        },
      });
    return options;
  }
  const readyIn = ({ readyAtMs }: Point) => Math.max(0, readyAtMs - nowMs);
  const staysWith = ({ actor }: Point) => (actor === last ? 0 : 1);

  function take(point: Point) {
    points = points.filter((one) => one !== point);
    last = point.actor;
    nowMs = Math.max(nowMs + 1, point.readyAtMs);
  }
  function go(point: Point) {
    take(point);
    point.proceed();
  }

  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    trace,
    spawn(given) {
      const actor = { mortal: true, alive: true, skewMs: 0, opaque: 0, ...given };
      actors.push(actor);
      return actor;
    },
    point(actor, label, { readyAtMs = nowMs, failure, opaque = false } = {}) {
      return new Promise((resolve, reject) => {
        if (!actor.alive) return;
        const fail = failure === undefined ? undefined : () => reject(failure());
        points.push({ actor, label, readyAtMs, opaque, frozen: false, proceed: resolve, fail });
      });
    },
    async opaque(actor, work) {
      actor.opaque += 1;
      try {
        return await work();
      } finally {
        actor.opaque -= 1;
      }
    },
    async run() {
      for (;;) {
        await quiet();
        if (found !== undefined) throw found;
        const [first, ...others] = options();
        if (first === undefined) return;
        const chosen = others.length === 0 ? 0 : chooseNext([first, ...others]);
        const option = chosen === 0 ? first : others[chosen - 1];
        if (option === undefined) throw new RangeError(`there is no option ${chosen}`);
        trace.push(option.label);
        option.act();
      }
    },
    calmDown() {
      chooseNext = () => 0;
      left.crashes = left.failures = left.freezes = 0;
    },
    violation(message) {
      found ??= new Violation(message);
    },
  };
}
