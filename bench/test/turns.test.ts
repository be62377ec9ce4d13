import { expect, test } from '@jest/globals';
import { inTurns } from '../turns.ts';

test('each subject has a turn in each round, in an order that changes', async () => {
  const order: string[] = [];
  const subjects = ['a', 'b', 'c'].map((name) => ({ name, take: async () => order.push(name) }));
  await inTurns(subjects, { rounds: 4, warmUps: 0, before: async () => order.push('|') });
  expect(order.join('')).toBe('|abc|acb|cab|cba');
});

test('samples are kept by subject, without those of the warm-up', async () => {
  const turns = [1, 2, 3, 4].values();
  const subjects = [
    { name: 'a', take: async () => [turns.next().value ?? 0, 0] },
    { name: 'b', take: async () => 7 },
  ];
  const samples = await inTurns(subjects, { rounds: 2, warmUps: 2 });
  expect([...samples]).toEqual([
    ['a', [3, 0, 4, 0]],
    ['b', [7, 7]],
  ]);
});
