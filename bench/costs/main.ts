/**
 * The cost model and the scale model alone, as Markdown: `npx node bench/costs/main.ts`. They reckon with the figures of
 * `bench/results.json`, or of the file that `--results` names, for the numbers of topics that were measured.
 */
import { parseArgs } from 'node:util';
import { projectFile } from '../project-file.ts';
import { readResults } from '../results.ts';
import { modelTables } from './model.ts';

const { values } = parseArgs({ options: { results: { type: 'string' } } });
const { figures = [] } = (await readResults(values.results ?? projectFile('bench/results.json'))) ?? {};
const tables = await modelTables(figures, (sentence) => console.error(sentence));
if (tables === undefined) {
  console.error('Nothing to reckon with: npm run bench first.');
  process.exitCode = 1;
} else for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table}\n`);
