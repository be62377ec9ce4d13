import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { fillDocument } from '../markdown.ts';
import { readResults, resultsFile } from '../report.ts';

const empty = 'Text.\n\n<!-- bench: cold -->\nold\n<!-- end -->\n';

test('a table replaces what is between its marks', () => {
  const filled = fillDocument(empty, new Map([['cold', '| a |']]));
  expect(filled).toBe('Text.\n\n<!-- bench: cold -->\n| a |\n<!-- end -->\n');
  expect(fillDocument(filled, new Map([['cold', '| a |']]))).toBe(filled);
});

test('a table that was not measured stays as it is', () => {
  expect(fillDocument(empty, new Map())).toBe(empty);
});

test('the committed results can be read, and docs/performance.md is short and shows them', async () => {
  const text = await readFile(new URL('../../docs/performance.md', import.meta.url), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  const shown = [...text.matchAll(/<!-- bench: ([\w-]+) -->/g)].map(([, name]) => name);
  const measured = (await readResults(resultsFile)).map(({ name }) => name);
  expect(measured.filter((name) => !shown.includes(name))).toEqual([]);
});
