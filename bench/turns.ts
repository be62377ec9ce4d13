export interface Subject {
  name: string;
  /** One turn. @returns a sample, or several: milliseconds, or whatever the measure counts */
  take(): Promise<number | readonly number[]>;
}

/**
 * Every subject has its turn in every round. Rounds begin with another subject each, and every second one goes backwards: a
 * busy moment of the machine falls on all of them, and none always comes after the same other one.
 *
 * @param before what comes first in a round, and is nobody's turn
 * @param warmUps rounds that are not counted
 * @returns the samples of each subject, by its name
 */
export async function inTurns(
  subjects: readonly Subject[],
  {
    rounds,
    warmUps = 1,
    before = async () => {},
  }: { rounds: number; warmUps?: number; before?: () => Promise<unknown> },
): Promise<Map<string, number[]>> {
  const samples = new Map(subjects.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    await before();
    for (const { name, take } of orderOf(subjects, round + warmUps)) {
      const taken = await take();
      if (round >= 0) samples.get(name)?.push(...[taken].flat());
    }
  }
  return samples;
}

function orderOf<T>(all: readonly T[], round: number): readonly T[] {
  const begin = round % Math.max(1, all.length);
  const rotated = [...all.slice(begin), ...all.slice(0, begin)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}
