/**
 * Runs every job in every round, each round in another order: a busy moment of the machine falls on all of them, and none
 * always comes after the same other one.
 *
 * @returns what each job gave, by round
 */
export async function inTurns<Name extends string, T>(
  rounds: number,
  jobs: Record<Name, () => Promise<T>>,
): Promise<{ name: Name; result: T }[]> {
  const results: { name: Name; result: T }[] = [];
  const names = Object.keys(jobs).filter((name): name is Name => name in jobs);
  for (let round = 0; round < rounds; round += 1)
    for (let at = 0; at < names.length; at += 1) {
      const name = names[(round + at) % names.length];
      if (name !== undefined) results.push({ name, result: await jobs[name]() });
    }
  return results;
}
