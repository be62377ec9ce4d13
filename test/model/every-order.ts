import { emptyCopy } from './fingerprint.ts';
import { createKnownStates } from './known-states.ts';
import type { Option } from './options.ts';
import { type Played, play } from './play.ts';
import type { Scenario } from './scenarios.ts';
import type { Choose, KnownSteps } from './scheduler.ts';

export interface Explored {
  /** Orders that were played, to the end or to a known state. */
  plays: number;
  /** Plays that ended at a known state. */
  abandoned: number;
  /** Distinct states with more than one option. */
  states: number;
  steps: number;
  /** Whether every order was played, or ended at a known state. */
  complete: boolean;
}

/** An order: its choices other than the first option, by the number of the step. */
interface Order {
  interferences: readonly { at: number; choice: number }[];
  /** The steps before the last interference. */
  known: KnownSteps;
}

/**
 * Plays a scenario in every order that differs from the undisturbed one by at most `interferences` steps: another actor
 * proceeds, a call fails, a container crashes or freezes. Orders with fewer interferences come first.
 *
 * Two reductions leave out orders without leaving out outcomes:
 * - Known states. A play is abandoned at a state from which an earlier play continued with at least as many
 *   interferences left, because the state decides everything that can follow. The state is what the actors share
 *   (stores, database, what the rules remember, the clock) and what each actor has learned: the results of its calls in
 *   their order, and the times it has read. Orders that differ only in independent steps lead to the same state; a step
 *   takes no time here, because otherwise those steps would read different times.
 * - Local steps. No interference is tried before a step that only its own actor notices (most responses): after the step
 *   the same interference leads to the same state.
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
    /** Without the reductions. */
    playsAll?: boolean;
    onPlayed?: (played: Played) => void | Promise<void>;
  },
): Promise<Explored> {
  const explored = { plays: 0, abandoned: 0, steps: 0, complete: true };
  const states = createKnownStates();

  /** @returns the orders that have one more interference */
  async function playOne({ interferences: given, known }: Order): Promise<Order[]> {
    const left = interferences - given.length;
    const next: Order[] = [];
    const from = given.length === 0 ? 0 : known.steps + 1;
    let at = -1;
    let before: { options: readonly Option[]; known: KnownSteps } | undefined;
    /** The orders that leave this one at the previous step. */
    function branch(now: readonly Option[], lastWasLocal: boolean) {
      if (before === undefined) return;
      const { options, known } = before;
      const actor = lastWasLocal && canComeLater(options, now) ? options[0]?.point.actor : undefined;
      for (const [choice, { kind, point }] of options.entries()) {
        // The steps of one actor depend on each other.
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

  /** Orders with the same number of interferences. Those with the most are played at once, which bounds the memory. */
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
 * Whether every interference before a local step can as well come after it. A step that can fail is not local in its
 * other outcome. A crash or freeze hits the actor that is next, at its only point, both times.
 */
function canComeLater(before: readonly Option[], after: readonly Option[]): boolean {
  const actor = before[0]?.point.actor;
  const pointsIn = (options: readonly Option[]) =>
    options.filter(({ kind, point }) => kind === 'proceed' && point.actor === actor).length;
  if (before.some(({ kind }) => kind === 'fail')) return false;
  if (before.every(({ kind }) => kind === 'proceed')) return true;
  return pointsIn(before) === 1 && pointsIn(after) === 1 && after[0]?.point.actor === actor;
}
