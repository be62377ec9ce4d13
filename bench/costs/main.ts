/** Prints the cost model for the measured figures: `npm run costs` in bench/. */
import { readResults, resultsFile } from '../report.ts';
import { costTables } from './tables.ts';

const tables = costTables((await readResults(resultsFile)).flatMap(({ figures }) => figures));
for (const table of tables.values()) console.log(`${table}\n`);
if (tables.size === 0) console.error(`${resultsFile} lacks figures: run \`npm run bench\` first.`);
