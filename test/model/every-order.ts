import { emptyCopy } from './fingerprint.ts';
import { createKnownStates } from './known-states.ts';
import { type Played, play } from './play.ts';
import type { Scenario } from './scenarios.ts';
import type { Choose, KnownSteps, Option } from './scheduler.ts';

export interface Explored {
  /** How many orders were played, to the end or to a known state. */
  plays: number;
  /** How many of them came to a known state. */
  abandoned: number;
  /** How many different states there were in which something could be chosen. */
  states: number;
  steps: number;
  /** Whether there was nothing more to play within the bounds. */
  complete: boolean;
}

/** The choices of an order that are not 0, by the number of the step. */
interface Order {
  interferences: readonly { at: number; choice: number }[];
  /** The steps before the last one of them. */
  known: KnownSteps;
}

/**
 * Plays a scenario in every order that differs from the undisturbed one by up to so many interferences: another actor
 * goes on, a call fails, a container dies, all stand still. Those with fewer interferences come first.
 *
 * A play is abandoned in a state from which the scenario was played before with at least as many interferences left:
 * how a play goes on is a function of the state. The state is what the actors share (stores, database, the facts of the
 * rules, the clock), and for each actor all that it has learned: the results of its calls, in their order, and the times
 * that it has read. Two orders that differ only in steps that have nothing to do with each other lead to the same state.
 * Therefore a step takes no time here; otherwise the times of such steps would differ.
 *
 * Nothing interferes before a step that is an actor's alone (most responses): the same can happen after it, with the
 * same effect.
 */
export async function everyOrder(
  scenario: Scenario,
  {
    interferences,
    mostPlays,
    playsAll = false,
    onPlayed = () => {},
  }: {
    interferences: number;
    mostPlays: number;
    /** Whether to abandon nothing. */
    playsAll?: boolean;
    onPlayed?: (played: Played) => void | Promise<void>;
  },
): Promise<Explored> {
  const explored = { plays: 0, abandoned: 0, steps: 0, complete: true };
  const states = createKnownStates();

  /** @returns the orders with one interference more */
  async function playOne({ interferences: given, known }: Order): Promise<Order[]> {
    const left = interferences - given.length;
    const next: Order[] = [];
    const from = given.length === 0 ? 0 : known.steps + 1;
    let at = -1;
    let before: { options: readonly Option[]; known: KnownSteps } | undefined;
    /** What else could have been done one step ago. */
    function branch(now: readonly Option[], lastWasLocal: boolean) {
      if (before === undefined) return;
      const { options, known } = before;
      const actor = lastWasLocal && isAsGoodAfter(options, now) ? options[0]?.point.actor : undefined;
      for (const [choice, { kind, point }] of options.entries()) {
        // The order of the actor's own steps counts.
        if (choice === 0 || (actor !== undefined && (kind !== 'proceed' || point.actor !== actor))) continue;
        next.push({ interferences: [...given, { at: known.steps, choice }], known });
      }
      before = undefined;
    }
    const choose: Choose = (options, { state, copy, lastWasLocal }) => {
      at += 1;
      branch(options, lastWasLocal && !playsAll);
      if (at < from) return given.find((one) => one.at === at)?.choice ?? 0;
      if (options.length !== 1 && !playsAll && !states.add(state(), left)) return undefined;
      if (left > 0 && options.length > 1)
        before = { options, known: { steps: at, copy: playsAll ? undefined : copy() } };
      return 0;
    };
    const played = await play(scenario, choose, { known });
    explored.plays += 1;
    explored.steps += played.steps;
    if (played.isAbandoned) explored.abandoned += 1;
    await onPlayed(played);
    return next;
  }

  /** The orders that are to be played with as many interferences. The last ones are played as soon as they are known. */
  let level: Order[] = [{ interferences: [], known: { steps: 0, copy: playsAll ? undefined : emptyCopy } }];
  for (let count = 0; level.length > 0; count += 1) {
    const isLastButOne = count === interferences - 1;
    const next: Order[] = [];
    for (const order of level) {
      if (explored.plays >= mostPlays) explored.complete = false;
      if (!explored.complete) break;
      for (const one of await playOne(order)) {
        if (!isLastButOne) next.push(one);
        else if (explored.plays < mostPlays) await playOne(one);
        else explored.complete = false;
      }
    }
    level = next;
  }
  return { ...explored, states: states.size() };
}

/**
 * Whether what could have interfered before a step that was its actor's alone can as well interfere after it: the
 * others' steps can, if the step could not have failed; a crash and a freeze only of an actor that had one way to go,
 * and has.
 */
function isAsGoodAfter(before: readonly Option[], after: readonly Option[]): boolean {
  const actor = before[0]?.point.actor;
  const pointsIn = (options: readonly Option[]) =>
    options.filter(({ kind, point }) => kind === 'proceed' && point.actor === actor).length;
  if (before.some(({ kind }) => kind === 'fail')) return false;
  if (before.every(({ kind }) => kind === 'proceed')) return true;
  return pointsIn(before) === 1 && pointsIn(after) === 1 && after[0]?.point.actor === actor;
}
