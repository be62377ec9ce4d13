import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inOrder } from '../../lib/source/in-order.ts';

test('results come in the order of the items, and no more are begun than may be', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (turns, atOnce) => {
        let [begun, given, most] = [0, 0, 0];
        const work = async (wait: number) => {
          begun += 1;
          most = Math.max(most, begun - given);
          for (let turn = 0; turn < wait; turn += 1) await Promise.resolve();
          return wait;
        };
        const results: number[] = [];
        for await (const result of inOrder(turns, atOnce, work)) {
          given += 1;
          results.push(result);
        }
        expect(results).toEqual(turns);
        expect(most).toBeLessThanOrEqual(atOnce + 1); // one task may have started without being counted
      },
    ),
  );
});

test('an item that fails ends it, once all that had begun is over', async () => {
  const over: number[] = [];
  const work = async (item: number) => {
    if (item === 1) throw new Error('failed');
    await new Promise(setImmediate);
    over.push(item);
    return item;
  };
  const given: number[] = [];
  const all = async () => {
    for await (const item of inOrder([0, 1, 2, 3, 4], 3, work)) given.push(item);
  };
  await expect(all()).rejects.toThrow('failed');
  expect(given).toEqual([0]);
  expect(over).toEqual([0, 2, 3]);
});
