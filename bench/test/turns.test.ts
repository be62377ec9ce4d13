import { expect, test } from '@jest/globals';
import { inTurns } from '../turns.ts';

async function orderIn(rounds: number, cases: readonly string[]) {
  const order = new Array(rounds).fill('');
  await inTurns(rounds, cases, async (one, round) => {
    order[round] += one;
  });
  return order;
}

test('every case has its turn in every round, and none always comes after the same other one', async () => {
  const order = await orderIn(6, ['a', 'b', 'c']);
  for (const round of order) expect([...round].sort()).toEqual(['a', 'b', 'c']);
  expect(new Set(order.map((round) => round[0])).size).toBe(3);
  for (const one of 'abc') {
    const before = new Set(order.map((round) => round[round.indexOf(one) - 1]).filter(Boolean));
    expect(before.size).toBe(2);
  }
});

test('what comes first in a round is nobody’s turn, and results are told by case and round', async () => {
  const log: string[] = [];
  const results = await inTurns(
    2,
    [{ name: 'a' }, { name: 'b' }],
    async ({ name }, round) => {
      log.push(name);
      return `${name}${round}`;
    },
    async (round) => log.push(`round ${round}`),
  );
  expect(log.indexOf('round 1')).toBe(3);
  expect(log[0]).toBe('round 0');
  expect([...results].map(([{ name }, found]) => [name, ...found])).toEqual([
    ['a', 'a0', 'a1'],
    ['b', 'b0', 'b1'],
  ]);
});

test('without cases there is nothing to do', async () => {
  expect(await orderIn(2, [])).toEqual(['', '']);
});
