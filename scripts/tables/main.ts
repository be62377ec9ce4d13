import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withClient } from '../../local/database.ts';
import { startCommand } from '../start-command.ts';
import { differingLines } from './differing-lines.ts';
import { indexFile } from './index-file.ts';
import { readRelation } from './read-relation.ts';
import { blockLines, newFile, withBlock } from './table-file.ts';

const usage = `Usage: npm run tables -- --database-url postgres://… --table articles=public.shop_article [--table …]
                         [--output DIR] [--time-zone ZONE] [--check]

Write the files in tables/ for tables and views of a database, from its catalogue.

  --table name=schema.table[:key]  the list's name, the relation, and its key if it has no primary key; can be repeated
  --output DIR                     the folder of the files (default tables)
  --time-zone Asia/Tokyo           show times in this zone without an offset, as a project with USE_TZ = False does
  --check                          write nothing; print the differences, and exit with 1 if there are any`;

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      'database-url': { type: 'string' },
      table: { type: 'string', multiple: true },
      output: { type: 'string', default: 'tables' },
      'time-zone': { type: 'string' },
      check: { type: 'boolean', default: false },
    },
  });
  const { 'database-url': url, table: tables = [], output, check } = values;
  const timeZone = values['time-zone'];
  if (url === undefined || tables.length === 0)
    throw new Error(`--database-url or --table is missing.\n\n${usage}`);
  if (!existsSync(output))
    throw new Error(`The folder ${output} does not exist: create it, or set --output.`);
  const wanted = tables.map(parseTable);
  const names = wanted.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`Two tables have the list name ${twice}: give one another name.`);

  const pathOf = (name: string) => join(output, `${name}.ts`);
  const read = (name: string) => readFile(pathOf(name), 'utf8');
  const files = new Map<string, string>();
  await withClient(url, async (client) => {
    for (const { name, relation, key } of wanted) {
      const lines = blockLines(await readRelation(client, relation), { key, timeZone });
      const text = existsSync(pathOf(name))
        ? withBlock(pathOf(name), await read(name), lines)
        : newFile(name, relation, lines);
      files.set(name, text);
    }
  });
  const index = existsSync(pathOf('index')) ? await read('index') : undefined;
  files.set(
    'index',
    indexFile(pathOf('index'), index, new Map(files), (name) => existsSync(pathOf(name))),
  );

  let differs = false;
  for (const [name, text] of files) {
    const path = pathOf(name);
    const found = existsSync(path) ? await read(name) : undefined;
    if (found === text) continue;
    differs = true;
    if (!check) await writeFile(path, text);
    if (!check) console.log(`${path}: written`);
    else if (found === undefined) console.log(`${path} is missing.`);
    else console.log([`${path} differs:`, ...differingLines(found, text)].join('\n'));
  }
  if (!differs) console.log('Nothing to write: the files match the tables.');
  return check && differs;
}

/** The names that `defineTable` accepts, without `index`, which is the file of the list of tables. */
const namePattern =
  /^(?!(?:refresh|changes|docs|redoc|schema|health|index)=)([a-z\d]+(?:[-_][a-z\d]+)*)=([^.":]+\.[^.":]+)(?::(.+))?$/;

function parseTable(argument: string) {
  const [, name, relation, key] = namePattern.exec(argument) ?? [];
  if (name === undefined || relation === undefined)
    throw new Error(
      `--table must look like articles=public.shop_article, with a list name that is not a path of the service, got "${argument}".`,
    );
  return { name, relation, key };
}

startCommand(usage);
try {
  process.exitCode = (await main()) ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
