import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Figure } from '../../bench/figure.ts';
import { merge, readResults, writeResults } from '../../bench/results.ts';

const figure = (measure: string, median: number): Figure => ({
  ...{ measure, subject: 'list function', variant: 'plain', rows: 10, unit: 'ms' },
  ...{ median, low: median, high: median, samples: 5 },
});

describe('results', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offload-results-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are read as they were written, with four digits, one figure a line', async () => {
    const file = join(folder, 'results.json');
    const about = { machine: { Cores: '2' }, date: '2026-01-02', quick: false, commits: { warm: 'abc+' } };
    const figures = [figure('warm', 0.0123456), { ...figure('cold', 123_456.7), p99: 7 }];
    const written = await writeResults(file, { ...about, figures });
    expect(written).toEqual({
      ...about,
      figures: [figure('warm', 0.01235), { ...figure('cold', 123_457), p99: 7 }],
    });
    expect(await readResults(file)).toEqual(written);
    expect(
      (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('"median"')),
    ).toHaveLength(2);
  });

  test('may not be there yet', async () => {
    expect(await readResults(join(folder, 'none.json'))).toBeUndefined();
  });

  test('from before commits were noted have none', async () => {
    const file = join(folder, 'early.json');
    await writeFile(file, '{"machine":{},"date":"2026-01-02","quick":false,"figures":[]}');
    expect(await readResults(file)).toMatchObject({ commits: {} });
  });

  test('of another form are refused', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{"figures":[{"median":1}]}');
    await expect(readResults(file)).rejects.toThrow();
  });
});

test('figures of the measures that were taken now replace the earlier ones, and no others', () => {
  const earlier = [figure('cold', 1), figure('warm', 2), figure('warm', 3), figure('gone', 4)];
  const now = [figure('warm', 5)];
  expect(merge(earlier, now, ['warm', 'cold'])).toEqual([figure('warm', 5), figure('cold', 1)]);
});
