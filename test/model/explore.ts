import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { type Played, play } from './play.ts';
import { large, type Scenario, small } from './scenarios.ts';
import type { Choose } from './scheduler.ts';

export interface Explored {
  interleavings: number;
  steps: number;
  /** Whether there was nothing more to play within the bounds. */
  complete: boolean;
}

/** First what is given, then what happens when nobody interferes. */
const following = (choices: readonly number[]): Choose => {
  let at = 0;
  return () => choices[at++] ?? 0;
};

/**
 * Plays a scenario in every order that differs from the undisturbed one by up to so many interferences: another actor
 * goes on, a call fails, a container dies, all stand still. Those with fewer interferences come first.
 */
export async function everyOrder(
  scenario: Scenario,
  {
    interferences,
    mostInterleavings,
    onPlayed = () => {},
  }: { interferences: number; mostInterleavings: number; onPlayed?: (steps: number) => void },
): Promise<Explored> {
  const explored = { interleavings: 0, steps: 0, complete: true };

  /** @param left how many interferences are still to come: only then is what was played a new order */
  async function go(prefix: readonly number[], left: number): Promise<void> {
    if (explored.interleavings >= mostInterleavings) {
      explored.complete = false;
      return;
    }
    const played = await play(scenario, following(prefix));
    if (left > 0) {
      for (const branch of branches(played, prefix.length)) {
        await go(branch, left - 1);
        if (!explored.complete) return;
      }
      return;
    }
    explored.interleavings += 1;
    explored.steps += played.trace.length;
    onPlayed(played.trace.length);
  }

  // Nothing is kept of the orders that were played: they are played again on the way to those with one more.
  for (let exactly = 0; exactly <= interferences && explored.complete; exactly += 1) await go([], exactly);
  return explored;
}

/** Every way to leave what was played for the first time after so many choices. */
function* branches({ choices, options }: Played, from: number): Generator<number[]> {
  for (let at = from; at < options.length; at += 1)
    for (let other = 1; other < (options[at] ?? 0); other += 1) yield [...choices.slice(0, at), other];
}

/** One scenario, a small one every third time, its clocks and its order, all by one seed. */
export const walk = (seed: number): Promise<Played> => walkWith(seed, undefined);

function walkWith(seed: number, choices: readonly number[] | undefined) {
  const random = createSeededRandom(seed);
  const scenario = small[Math.floor(random() * 3 * small.length)] ?? large(random);
  const skews = random() < 0.3;
  const stays = 0.2 + 0.7 * random();
  const interferes = 0.3 * random();
  const choose: Choose = (options) => {
    if (random() < stays) return 0;
    const proceeding = options.filter(({ kind }) => kind === 'proceed').length;
    const others = options.length - proceeding;
    if (others > 0 && random() < interferes) return proceeding + Math.floor(random() * others);
    return Math.floor(random() * proceeding);
  };
  return play(scenario, choices === undefined ? choose : following(choices), {
    id: `walk-${seed}`,
    skewOf: skews
      ? (name) => (((name.codePointAt(0) ?? 0) + name.length + seed) % 11) * 60_000 - 300_000
      : undefined,
  });
}

/** @param replay as a violation printed it: a scenario's name, or `walk-` and a seed; `@`; the choices */
export async function replayed(replay: string): Promise<Played> {
  const [id = '', list = ''] = replay.split('@');
  const choices = list === '' ? [] : list.split(',').map(Number);
  const seed = /^walk-(\d+)$/.exec(id)?.[1];
  if (seed !== undefined) return walkWith(Number(seed), choices);
  const scenario = small.find(({ name }) => name === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return play(scenario, following(choices));
}
