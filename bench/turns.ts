/**
 * Runs every case in every round. Rounds begin with another case each, and every second one goes backwards: a
 * busy moment of the machine falls on all of them, and none always comes after the same other one.
 *
 * @param take one turn of a case; the round counts from 0
 * @param before what comes first in a round, and is nobody's turn
 * @returns what each case gave, by round
 */
export async function inTurns<Case, T>(
  rounds: number,
  cases: readonly Case[],
  take: (one: Case, round: number) => Promise<T>,
  before: (round: number) => Promise<unknown> = async () => {},
): Promise<Map<Case, T[]>> {
  const results = new Map(cases.map((one): [Case, T[]] => [one, []]));
  for (let round = 0; round < rounds; round += 1) {
    await before(round);
    for (const one of orderOf(cases, round)) results.get(one)?.push(await take(one, round));
  }
  return results;
}

function orderOf<Case>(cases: readonly Case[], round: number): readonly Case[] {
  const begin = round % Math.max(1, cases.length);
  const rotated = [...cases.slice(begin), ...cases.slice(0, begin)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}
