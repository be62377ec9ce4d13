import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mapConcurrent } from '../lib/map-concurrent.ts';

test('all is done, each once, begun in order, and never more at a time than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(12), fc.integer({ min: 1, max: 5 }), async (s, count, atOnce) => {
      const items = Array.from({ length: count }, (_, n) => n);
      const begun: number[] = [];
      let running = 0;
      const work = mapConcurrent(items, atOnce, async (item, at) => {
        expect(at).toBe(item);
        begun.push(item);
        running += 1;
        expect(running).toBeLessThanOrEqual(atOnce);
        await s.schedule(Promise.resolve());
        running -= 1;
      });
      await s.waitFor(work);
      expect(begun).toEqual(items);
    }),
  );
});

test('after a failure no item is started, and started ones end before it rejects', async () => {
  const over: number[] = [];
  const work = mapConcurrent([0, 1, 2, 3, 4], 2, async (item) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 0) throw new Error('the first');
    await new Promise((resolve) => setImmediate(resolve));
    over.push(item);
    if (item === 1) throw new Error('the second');
  });
  await expect(work).rejects.toThrow('the first');
  expect(over).toEqual([1]);
});
