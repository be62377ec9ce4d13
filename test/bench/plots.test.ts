import { describe, expect, test } from '@jest/globals';
import type { Figure } from '../../bench/figure.ts';
import { drawPlots } from '../../bench/plots.ts';

const figures = ['list function', 'FastAPI + Django'].flatMap((subject, at) =>
  [10, 1_000, 100_000].map(
    (rows): Figure => ({
      ...{ measure: 'warm', subject, variant: 'plain', rows, unit: 'ms', samples: 5 },
      ...{ median: rows ** at, low: rows ** at * 0.9, high: rows ** at * 1.1 },
    }),
  ),
);

describe('a plot', () => {
  test('is drawn of what was measured, and of nothing else', async () => {
    expect([...(await drawPlots(figures)).keys()]).toEqual(['warm']);
    expect(await drawPlots([])).toEqual(new Map());
  });

  test('names its subjects and its sizes, on white, and is the same for the same figures', async () => {
    const svg = (await drawPlots(figures)).get('warm') ?? '';
    for (const text of ['list function', 'FastAPI + Django', '100,000', 'milliseconds', 'fill="white"'])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect((await drawPlots(figures)).get('warm')).toBe(svg);
  });
});
