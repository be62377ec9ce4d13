/**
 * Puts what was measured into the documents, without measuring anything: the tables of README.md and of
 * docs/performance.md, and the plots of docs/performance/.
 *
 *     npx node bench/report.ts
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { commitsInShort } from './commit.ts';
import { modelTables } from './costs/model.ts';
import { withTables } from './document.ts';
import { drawPlots } from './plots.ts';
import { projectFile } from './project-file.ts';
import { type Results, readResults } from './results.ts';
import { summaryOf } from './summary.ts';
import { listing, tableOf } from './tables.ts';

export const resultsFile = projectFile('bench/results.json');
const documents = ['README.md', 'docs/performance.md'].map(projectFile);
const plotsDir = projectFile('docs/performance');

/** @returns the content of each document and each plot as it has to be, by its path */
export async function filesOf({ machine, date, commits, figures }: Results): Promise<Map<string, string>> {
  const names = new Set(figures.map(({ measure }) => measure));
  const tables = new Map([...names].map((name) => [name, tableOf(name, figures)]));
  const models = (await modelTables(figures, (sentence) => console.error(sentence))) ?? {};
  for (const [name, table] of Object.entries(models)) tables.set(name, table);
  tables.set('summary', summaryOf(figures));
  const commit = commitsInShort(commits);
  tables.set('machine', listing({ ...machine, Measured: date, ...(commit && { Commit: commit }) }));
  const files = new Map<string, string>();
  for (const [name, svg] of await drawPlots(figures)) files.set(`${plotsDir}/${name}.svg`, svg);
  for (const document of documents) files.set(document, withTables(await readFile(document, 'utf8'), tables));
  return files;
}

/** @returns the files that were written */
export async function report(results: Results): Promise<string[]> {
  const files = await filesOf(results);
  await mkdir(plotsDir, { recursive: true });
  for (const [file, content] of files) await writeFile(file, content);
  return [...files.keys()];
}

if (import.meta.main) {
  const results = await readResults(resultsFile);
  if (results === undefined) {
    console.error('There is no bench/results.json yet: npm run bench makes it.');
    process.exitCode = 1;
  } else for (const file of await report(results)) console.log(file);
}
