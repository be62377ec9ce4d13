import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { type Played, play } from './play.ts';
import { large, small } from './scenarios.ts';
import type { Choose } from './scheduler.ts';

/** A play whose scenario, clocks and order follow from a seed. Every third one has a small scenario. */
export const walk = (seed: number): Promise<Played> => walkWith(seed, undefined);

function walkWith(seed: number, choices: readonly number[] | undefined) {
  const random = createSeededRandom(seed);
  const scenario = small[Math.floor(random() * 3 * small.length)] ?? large(random);
  const skews = random() < 0.3;
  const stays = 0.2 + 0.7 * random();
  const interferes = 0.3 * random();
  const choose: Choose = (options) => {
    if (options.length < 2 || random() < stays) return 0;
    const proceeding = options.filter(({ kind }) => kind === 'proceed').length;
    const others = options.length - proceeding;
    if (others > 0 && random() < interferes) return proceeding + Math.floor(random() * others);
    return Math.floor(random() * proceeding);
  };
  return play(scenario, choices === undefined ? choose : following(choices), {
    id: `walk-${seed}`,
    stepMs: 1,
    skewOf: skews
      ? (name) => (((name.codePointAt(0) ?? 0) + name.length + seed) % 11) * 60_000 - 300_000
      : undefined,
  });
}

/** @param replay from a violation: the scenario's name, or `walk-` and a seed; `@`; the choices */
export async function replayed(replay: string): Promise<Played> {
  const [id = '', list = ''] = replay.split('@');
  const choices = list === '' ? [] : list.split(',').map(Number);
  const seed = /^walk-(\d+)$/.exec(id)?.[1];
  if (seed !== undefined) return walkWith(Number(seed), choices);
  const scenario = small.find(({ name }) => name === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return play(scenario, following(choices));
}

/** The given choices, then the undisturbed order. */
const following = (choices: readonly number[]): Choose => {
  let at = 0;
  return (options) => (options.length < 2 ? 0 : (choices[at++] ?? 0));
};
