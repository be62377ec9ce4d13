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

  test('shows each case of its measure in a panel, and of the traffic what a refresh writes', async () => {
    const of = (some: Partial<Figure>) => figures.map((figure) => ({ ...figure, ...some }));
    const changed = { measure: 'traffic', subject: 'refresh function', low: 3, high: 3, median: 3 } as const;
    const drawn = await drawPlots([
      ...of({ measure: 'loop', variant: 'gzip' }),
      ...of({ measure: 'loop', variant: 'asks DynamoDB' }),
      ...of({ ...changed, variant: 'one row changed: DynamoDB write units', unit: 'units' }),
      ...of({ ...changed, variant: 'one row changed: DynamoDB bytes out', unit: 'bytes' }),
      ...of({ ...changed, variant: 'one row changed: DynamoDB read units', unit: 'units' }),
    ]);
    expect([...drawn.keys()]).toEqual(['loop', 'traffic']);
    for (const text of ['gzip', 'asks DynamoDB', 'list function']) expect(drawn.get('loop')).toContain(text);
    for (const text of ['write units', 'bytes sent', 'one row changed'])
      expect(drawn.get('traffic')).toContain(text);
    expect(drawn.get('traffic')).not.toContain('read units');
  });

  test('names its subjects and its sizes, on white, and is the same for the same figures', async () => {
    const svg = (await drawPlots(figures)).get('warm') ?? '';
    for (const text of ['list function', 'FastAPI + Django', '100,000', 'milliseconds', 'fill="white"'])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect((await drawPlots(figures)).get('warm')).toBe(svg);
  });
});
