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

export interface Point {
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

/** The most mishaps of a play. */
export interface Mishaps {
  crashes: number;
  failures: number;
  /** A container stands still for longer than a lease lasts, and until no other actor can go on. */
  freezes: number;
}

/** What decides, besides the points, which steps can be taken and which of them is the undisturbed one. */
interface Circumstances {
  /** The mishaps that are left. */
  left: Mishaps;
  /** The actor of the last step. */
  last: Actor | undefined;
  nowMs: number;
}

export function optionsOf(points: readonly Point[], circumstances: Circumstances): Option[] {
  const { left } = circumstances;
  const order = points.length > 1 ? points.toSorted(undisturbed(circumstances)) : points;
  const options: Option[] = order.map((point) => ({ kind: 'proceed', point }));
  const [point] = order;
  if (point === undefined) return options;
  if (point.fail !== undefined && left.failures > 0) options.push({ kind: 'fail', point });
  if (point.actor.mortal && left.crashes > 0) options.push({ kind: 'crash', point });
  if (point.actor.mortal && left.freezes > 0 && !point.frozen) options.push({ kind: 'freeze', point });
  return options;
}

/** The order without interference: a function of the state alone, so that equal states have equal options. */
function undisturbed({ last, nowMs }: Circumstances) {
  const frozen = (point: Point) => (point.frozen ? 1 : 0);
  const readyIn = ({ readyAtMs }: Point) => (readyAtMs > nowMs ? readyAtMs - nowMs : 0);
  const staysWith = ({ actor }: Point) => (actor === last ? 0 : 1);
  return (a: Point, b: Point) =>
    frozen(a) - frozen(b) ||
    readyIn(a) - readyIn(b) ||
    staysWith(a) - staysWith(b) ||
    a.actor.rank - b.actor.rank ||
    a.number - b.number;
}

export function labelOf({ kind, point: { actor, label } }: Option): string {
  if (kind === 'fail') return `${actor.name}: ${label} FAILS`;
  if (kind === 'crash') return `${actor.name} DIES at ${label}`;
  if (kind === 'freeze') return `${actor.name} FREEZES at ${label}`;
  return `${actor.name}: ${label}`;
}
