import { describe, expect, test } from '@jest/globals';
import type { Figure } from '../../bench/figure.ts';
import { listing, tableOf } from '../../bench/tables.ts';

const figure = (some: Partial<Figure>): Figure => ({
  ...{ measure: 'warm', subject: 'list function', variant: 'plain', rows: 10, unit: 'ms' },
  ...{ median: 2, low: 1, high: 3, samples: 5 },
  ...some,
});
/** The cells of each line but the ruler. */
const cells = (table: string) =>
  table
    .split('\n')
    .filter((_, line) => line !== 1)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((text) => text.trim()),
    );

describe('the table of a measure', () => {
  test('has a row for each size and case, by size, and tells how many times as much the others take', () => {
    const figures = [
      figure({ rows: 1_000 }),
      figure({ rows: 10 }),
      figure({ rows: 1_000, subject: 'FastAPI + Django', median: 9.714, low: 9.5, high: 10 }),
    ];
    expect(cells(tableOf('warm', figures))).toEqual([
      ['Topics', 'Case', 'list function', 'FastAPI + Django', '÷ list function'],
      ['10', 'plain', '2 ms (1–3)', '–', '–'],
      ['1,000', 'plain', '2 ms (1–3)', '9.71 ms (9.5–10)', '× 4.86'],
    ]);
  });

  test('compares a peer that has one case only with each case, and says which it is', () => {
    const figures = [
      figure({ variant: '304', median: 1 }),
      figure({ subject: 'FastAPI + Django', median: 500, low: 400, high: 1_234.5 }),
    ];
    expect(cells(tableOf('warm', figures)).slice(1)).toEqual([
      ['10', '304', '1 ms (1–3)', '500 ms (400–1,235), plain', '× 500'],
      ['10', 'plain', '–', '500 ms (400–1,235)', '–'],
    ]);
  });

  test('tells of rates how many times as many the list function answers', () => {
    const rate = { measure: 'throughput', unit: 'requests/s' } as const;
    const figures = [
      figure({ ...rate, median: 400, low: 390, high: 410 }),
      figure({ ...rate, subject: 'Django', median: 100 }),
    ];
    expect(cells(tableOf('throughput', figures))).toEqual([
      ['Topics', 'Case', 'list function', 'Django', 'list function ÷'],
      ['10', 'plain', '400 requests/s (390–410)', '100 requests/s (1–3)', '× 4'],
    ]);
  });

  test('tells no ratio where the quartiles of two have values in common', () => {
    const other = { subject: 'FastAPI + Django', median: 6 };
    const ratioWith = (low: number) =>
      cells(tableOf('warm', [figure({}), figure({ ...other, low, high: 9 })]))[1]?.at(-1);
    expect(ratioWith(2.9)).toBe('≈');
    expect(ratioWith(3)).toBe('≈');
    expect(ratioWith(3.1)).toBe('× 3');
  });

  test.each([
    ['loop', '2 ms (1–3), p99 12.3, n 1,200'],
    ['propagation', '2 ms (1–3), p99 12.3, n 1,200'],
    ['warm', '2 ms (1–3)'],
  ])('of %s tells the slowest hundredth, where it is told: %s', (measure, text) => {
    const found = cells(tableOf(measure, [figure({ measure, p99: 12.34, samples: 1_200 })]));
    expect(found[1]).toContain(text);
    expect(cells(tableOf(measure, [figure({ measure })]))[1]).toContain('2 ms (1–3)');
  });

  test('compares nobody where the list function was not measured', () => {
    const figures = [figure({ subject: 'FastAPI + Django' })];
    expect(cells(tableOf('warm', figures))[0]).toEqual(['Topics', 'Case', 'FastAPI + Django']);
  });

  test('gives whole numbers of bytes and calls, all digits of them', () => {
    const figures = [figure({ unit: 'bytes', median: 429_891, low: 429_891, high: 429_891 })];
    expect(cells(tableOf('warm', figures))[1]).toEqual(['10', 'plain', '429,891 bytes']);
  });

  test('counts one of a thing as one', () => {
    const one = { low: 1, median: 1, high: 1 } as const;
    for (const [unit, text] of [
      ['calls', '1 call'],
      ['units', '1 unit'],
      ['chunks', '1 chunk'],
      ['ms', '1 ms'],
    ] as const)
      expect(cells(tableOf('warm', [figure({ ...one, unit })]))[1]?.at(-1)).toBe(text);
  });

  test('of what is counted has a column for each size, and compares nobody', () => {
    const calls = { measure: 'traffic', unit: 'calls', low: 4, median: 4, high: 4 } as const;
    const figures = [figure({ ...calls, rows: 1_000 }), figure({ ...calls, rows: 10, variant: 'gzip' })];
    expect(cells(tableOf('traffic', figures))).toEqual([
      ['Subject', 'Case', '10 topics', '1,000 topics'],
      ['list function', 'plain', '–', '4 calls'],
      ['list function', 'gzip', '4 calls', '–'],
    ]);
  });

  test('has nothing of another measure', () => {
    expect(tableOf('warm', [figure({}), figure({ measure: 'cold', variant: 'total' })])).not.toContain(
      'total',
    );
  });
});

test('a listing is a table without a header', () => {
  expect(listing({ Cores: '2' })).toBe('|       |     |\n| ----- | --- |\n| Cores | 2   |');
});
