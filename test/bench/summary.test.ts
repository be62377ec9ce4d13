import { expect, test } from '@jest/globals';
import type { Figure } from '../../bench/figure.ts';
import { summaryOf } from '../../bench/summary.ts';

const memory = (subject: string, median: number, spread = 1): Figure => ({
  ...{ measure: 'memory', subject, variant: 'peak', rows: 100_000, unit: 'MiB', samples: 3 },
  ...{ median, low: median - spread, high: median + spread },
});
const lines = (figures: readonly Figure[]) =>
  summaryOf(figures)
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((text) => text.trim()));

test('each figure stands beside another one, with how many times as much it is', () => {
  const figures = [
    memory('list function', 100),
    memory('refresh function', 600),
    memory('FastAPI + Django', 400),
  ];
  expect(lines(figures).map((cells) => [cells[1], cells[4], cells[5]])).toEqual([
    ['Memory at most, list function', 'FastAPI + Django: 400 MiB (399–401)', '1 / 4'],
    ['Memory at most, refresh function', 'FastAPI + Django: 400 MiB (399–401)', '× 1.5'],
  ]);
});

test('two figures whose quartiles have values in common have no ratio', () => {
  expect(lines([memory('list function', 100, 30), memory('FastAPI + Django', 150, 20)])[0]?.[5]).toBe('≈');
});

test('what was not measured is left out', () => {
  expect(lines([memory('list function', 100)])).toEqual([]);
});
