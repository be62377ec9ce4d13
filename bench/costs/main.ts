/**
 * The cost model and the scale model, as Markdown: `npx node bench/costs/main.ts`. With `--write`, into
 * `docs/performance.md`. It reckons with the figures of `bench/results.json`, or of the file
 * that `--results` names, for the numbers of topics that were measured.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { projectFile } from '../project-file.ts';
import { readResults } from '../results.ts';
import { fillMarkers } from './markers.ts';
import { modelTables } from './model.ts';

const document = projectFile('docs/performance.md');
const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, results: { type: 'string' } },
});
const results = values.results ?? projectFile('bench/results.json');

const { figures = [] } = (await readResults(results)) ?? {};
const tables = await modelTables(figures, (sentence) => console.error(sentence));
if (tables === undefined) {
  console.error('Nothing to reckon with: npm run bench first.');
  process.exitCode = 1;
} else if (values.write) await writeFile(document, fillMarkers(await readFile(document, 'utf8'), tables));
else for (const [name, table] of Object.entries(tables)) console.log(`<!-- model: ${name} -->\n\n${table}\n`);
