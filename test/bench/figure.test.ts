import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { figureOf } from '../../bench/figure.ts';

const about = { measure: 'warm', subject: 'list function', variant: 'plain', rows: 10, unit: 'ms' } as const;
const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 250 });

describe('a figure', () => {
  test('lies between the least and the greatest sample, its quartiles around its median', () => {
    fc.assert(
      fc.property(samples, (times) => {
        const { low, median, high, p99 = high } = figureOf(about, times);
        const inOrder = [Math.min(...times), low, median, high, p99, Math.max(...times)];
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
      }),
    );
  });

  test('has as many samples below each quantile as its share says', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 250 }), (times) => {
        const { low, median, high } = figureOf(about, times);
        const shares: [number, number][] = [
          [low, 0.25],
          [median, 0.5],
          [high, 0.75],
        ];
        for (const [quantile, share] of shares) {
          const below = times.filter((time) => time < quantile).length;
          const above = times.filter((time) => time > quantile).length;
          expect(below).toBeLessThanOrEqual(Math.ceil(share * (times.length - 1)));
          expect(above).toBeLessThanOrEqual(Math.ceil((1 - share) * (times.length - 1)));
        }
      }),
    );
  });

  test('is the same for the same samples in another order, and leaves them as they are', () => {
    fc.assert(
      fc.property(samples, (times) => {
        const before = [...times];
        expect(figureOf(about, times.toReversed())).toEqual(figureOf(about, times));
        expect(times).toEqual(before);
      }),
    );
  });

  test('lies between two samples in proportion', () => {
    expect(figureOf(about, [1, 2])).toEqual({ ...about, low: 1.25, median: 1.5, high: 1.75, samples: 2 });
  });

  test.each([
    [99, false],
    [100, true],
  ])('of %i samples tells the 99th percentile: %p', (count, told) => {
    expect('p99' in figureOf(about, new Array(count).fill(1))).toBe(told);
  });

  test('of nothing there is none', () => {
    expect(() => figureOf(about, [])).toThrow('no sample of list function, plain');
  });
});
