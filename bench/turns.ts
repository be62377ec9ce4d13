export interface Subject {
  name: string;
  /** Takes one turn. @returns one or more samples, in the measure's unit */
  take(): Promise<number | readonly number[]>;
}

/**
 * Gives every subject a turn in every round. Each round begins with another subject, and every second round runs backwards:
 * a busy period of the machine affects all subjects, and no subject always follows the same other one.
 *
 * @param before runs before each round, untimed
 * @param warmUps rounds without samples
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
