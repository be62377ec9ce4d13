import { describe, expect, test } from '@jest/globals';
import { digits, markdownTable, threeDigits, times, whole } from '../../bench/markdown.ts';

describe('a Markdown table', () => {
  const rows = [
    ['1', '12,345', 'all'],
    ['– 2', '7', 'none'],
  ];

  test('has columns of one width', () => {
    expect(markdownTable(['', 'Topics', 'Of'], rows).split('\n')).toEqual([
      '|     | Topics | Of   |',
      '| --- | ------ | ---- |',
      '| 1   | 12,345 | all  |',
      '| – 2 | 7      | none |',
    ]);
  });

  test('has columns of figures to the right, but never its first one', () => {
    const table = markdownTable(['', 'Topics', 'Of'], rows, { isFigure: (cell) => /^\d|–/.test(cell) });
    expect(table.split('\n')).toEqual([
      '|     | Topics | Of   |',
      '| --- | -----: | ---- |',
      '| 1   | 12,345 | all  |',
      '| – 2 |      7 | none |',
    ]);
  });
});

test('a Markdown table may have its cells as they are', () => {
  const isFigure = (cell: string) => cell === '7';
  expect(markdownTable(['', 'Topics'], [['a', '7']], { isFigure, isPadded: false })).toBe(
    '|  | Topics |\n| --- | --: |\n| a | 7 |',
  );
});

test('a number has three digits that mean something, or is whole', () => {
  expect([0.012345, 1.2345, 999.6, 1_234.5].map(digits)).toEqual(['0.0123', '1.23', '1,000', '1,235']);
  expect([0.000012345, 12_345].map(threeDigits)).toEqual(['0.0000123', '12,300']);
  expect(whole(1_234.5)).toBe('1,235');
  expect(times(12_345, 10)).toBe('× 1,230');
});
