import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectFile } from '../../bench/project-file.ts';
import { filesOf, resultsFile } from '../../bench/report.ts';
import { readResults } from '../../bench/results.ts';

test('the documents and plots are those of bench/results.json: npx node bench/report.ts makes them', async () => {
  const results = await readResults(resultsFile);
  if (results === undefined) throw new Error('there is no bench/results.json');
  const files = [...(await filesOf(results))];
  expect(files.map(([file]) => relative(projectFile(''), file))).toEqual(
    expect.arrayContaining(['README.md', 'docs/performance.md', 'docs/performance/warm.svg']),
  );
  const differing = [];
  for (const [file, content] of files)
    if ((await readFile(file, 'utf8').catch(() => '')) !== content)
      differing.push(relative(projectFile(''), file));
  expect(differing).toEqual([]);
});
