import { createFingerprint, type Fingerprint } from './fingerprint.ts';
import { type Actor, type Mishaps, type Option, optionsOf, type Point } from './options.ts';

const leaseIsOverMs = 31_000;

/**
 * The state of a play, and what a step does to it.
 * @param stepMs the duration of a step. With 0, time passes only in waits and freezes: no decision of the protocol
 * depends on the few milliseconds of a call, and swapped independent steps read the same times
 */
export function createSteps(mishaps: Mishaps, stepMs: number) {
  const left = { ...mishaps };
  let points: Point[] = [];
  let last: Actor | undefined;
  let nowMs = 1_700_000_000_000;
  /** Whether only its own actor has noticed the current step so far. */
  let isLocal = false;
  const fingerprint = createFingerprint();
  const notice = () => {
    isLocal = false;
  };
  const observed = (actor: Actor, fact: unknown) => fingerprint.append(actor.name, fact);

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

  return {
    fingerprint,
    shared: sharedParts(fingerprint, notice),
    observed,
    /** Makes the current step one that other actors notice. */
    notice,
    isLocal: () => isLocal,
    nowMs: () => nowMs,
    wait(point: Point) {
      points.push(point);
    },
    options: () => optionsOf(points, { left, last, nowMs }),
    take,
    /** The fingerprint of everything that decides how the play goes on. */
    state(): number {
      const stays = points.some(({ actor }) => actor === last) ? last?.name : '';
      return fingerprint.value(`${nowMs} ${stays} ${left.crashes} ${left.failures} ${left.freezes}`);
    },
    /** No mishap is left from here on. */
    calmDown() {
      left.crashes = left.failures = left.freezes = 0;
    },
  };
}

/** The parts of the fingerprint that the actors share: whoever changes one is noticed. */
function sharedParts(
  fingerprint: Fingerprint,
  notice: () => void,
): Pick<Fingerprint, 'put' | 'append' | 'drop'> {
  return {
    put(part, content) {
      notice();
      fingerprint.put(part, content);
    },
    drop(part) {
      notice();
      fingerprint.drop(part);
    },
    append(part, event) {
      notice();
      fingerprint.append(part, event);
    },
  };
}
