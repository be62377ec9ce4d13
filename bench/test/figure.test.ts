import { describe, expect, test } from '@jest/globals';
import { besideEach, type Figure, isClose, isMet, quartiles, ratioOf } from '../figure.ts';
import { ratioText, tableOf } from '../report.ts';

const figure = (ours: number[], theirs: number[], atMost?: number): Figure => ({
  ...{ id: 'a', what: 'A', rows: 10, unit: 'ms', ours: quartiles(ours) },
  beside: { name: 'B', value: quartiles(theirs) },
  ...(atMost === undefined ? {} : { atMost }),
});

describe('quartiles', () => {
  test('interpolate between samples, in any order', () => {
    expect(quartiles([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, samples: 4 });
  });

  test('of no sample are refused', () => {
    expect(() => quartiles([])).toThrow(RangeError);
  });
});

describe('a ratio', () => {
  test('is this project’s median divided by the other’s', () => {
    expect(ratioOf(figure([2, 2, 2], [8, 8, 8]))).toBe(0.25);
  });

  test('says how often one fits into the other', () => {
    expect(ratioText(figure([2, 2, 2], [8, 8, 8]))).toBe('1 / 4');
    expect(ratioText(figure([9, 9, 9], [6, 6, 6]))).toBe('× 1.5');
  });

  test('carries ≈ where the quartiles overlap', () => {
    const close = figure([1, 2, 3], [2, 3, 4]);
    expect(isClose(close)).toBe(true);
    expect(ratioText(close)).toBe('≈ 0.667');
  });

  test('meets a target up to its bound', () => {
    expect(isMet(figure([3], [2], 1.5))).toBe(true);
    expect(isMet(figure([3.1], [2], 1.5))).toBe(false);
    expect(isMet(figure([3], [2]))).toBeUndefined();
  });
});

describe('a table', () => {
  test('has a column for each subject that stands beside', () => {
    const samples = new Map([
      ['this project', [2]],
      ['B', [1]],
      ['C', [4]],
    ]);
    const table = tableOf(besideEach({ id: 'a', what: 'A', rows: 1_000, unit: 'ms' }, samples, { B: 1.5 }));
    expect(table.split('\n')).toEqual([
      '|  | rows | this project | B | C |',
      '| --- | --- | --- | --- | --- |',
      '| A | 1,000 | 2 ms | 1 ms, × 2, **over ≤ 1.5** | 4 ms, × 0.5 |',
    ]);
  });

  test('has a column for each number of rows where nothing stands beside', () => {
    const one = { id: 'a', what: 'A', unit: 'units' as const };
    const table = tableOf([
      { ...one, rows: 10, ours: quartiles([3]) },
      { ...one, rows: 100, ours: quartiles([30]), atMost: 35 },
    ]);
    expect(table.split('\n').slice(-1)).toEqual(['| A | 3 units | 30 units, ≤ 35 |']);
  });
});
