/**
 * Puts what was measured into the documents, without measuring anything: the tables of docs/performance.md, the plots of
 * docs/performance/.
 *
 *     node bench/report.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { withTables } from './document.ts';
import { projectFile } from './project-file.ts';
import { type Results, readResults } from './results.ts';
import { listing, tableOf } from './tables.ts';

export const resultsFile = projectFile('bench/results.json');
const document = projectFile('docs/performance.md');

/** @returns the files that were written */
export async function report({ machine, date, figures }: Results): Promise<string[]> {
  const names = new Set(figures.map(({ measure }) => measure));
  const tables = new Map([...names].map((name) => [name, tableOf(name, figures)]));
  tables.set('machine', listing({ ...machine, Measured: date }));
  const text = await readFile(document, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  await writeFile(document, withTables(text, tables));
  return [document];
}

if (import.meta.main) {
  const results = await readResults(resultsFile);
  if (results === undefined) {
    console.error('There is no bench/results.json yet: npm run bench makes it.');
    process.exitCode = 1;
  } else for (const file of await report(results)) console.log(file);
}
