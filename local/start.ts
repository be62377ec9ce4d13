import { mkdir, writeFile } from 'node:fs/promises';
import type { Table } from '../lib/tables/table.ts';
import { showHelp } from '../scripts/start-command.ts';
import { claimFolder } from './running.ts';
import { endpointsFile, localDir, localToken, parseSettings } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

showHelp(`Usage: npm start

Start the whole service on this machine, until Ctrl-C or SIGTERM. docs/configuration.md lists the environment variables
that set its ports, database and tables.`);

/** Keeps the process running: the parts are child processes, which keep it alive only while they start. */
const alive = setInterval(() => {}, 2 ** 30);
const ending = new AbortController();
// The stack keeps running if a reader of its output, such as `head`, ends.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// npm forwards a signal that the terminal sends as well: only the first has an effect.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!ending.signal.aborted) console.log('stopping…');
    ending.abort();
  });
// Stops when the parent process that opened an IPC channel ends, such as a killed test run.
process.on('disconnect', () => ending.abort());

async function main() {
  const settings = parseSettings(process.env);
  await mkdir(localDir, { recursive: true });
  const release = await claimFolder(endpointsFile);
  try {
    const stack = await start(settings);
    try {
      await announce(stack, settings.databaseUrl === undefined);
      if (!ending.signal.aborted)
        await new Promise((ended) => ending.signal.addEventListener('abort', ended));
    } finally {
      await stack.stop();
    }
  } finally {
    await release();
  }
}

const start = (settings: ReturnType<typeof parseSettings>): Promise<Stack> =>
  startStack({
    settings,
    dir: localDir,
    signal: ending.signal,
    progress: (part, address, ms) =>
      console.log(`  ${part.padEnd(20)} ${address}  (${(ms / 1000).toFixed(1)} s)`),
    onBreak: (part) => console.log(`${part} ended unexpectedly; restarting it:`),
    say: console.log,
  });

async function announce({ endpoints, tables }: Stack, isDemo: boolean) {
  await writeFile(endpointsFile, `${JSON.stringify({ pid: process.pid, ...endpoints }, null, 2)}\n`);
  const { api, database } = endpoints;
  const change = isDemo ? exampleChange(tables[0], database) : undefined;
  console.log(`
ready: open ${api}/ in a browser, or ${api}/docs/ for Swagger UI. The functions log to ${localDir}/functions.log. Try:

${tables.map(({ name }) => `  curl ${api}/${name}/\n`).join('')}${change ?? ''}\
  curl -X POST -H 'Authorization: Bearer ${localToken}' ${api}/refresh/

Ctrl-C stops it; npm run reset deletes its data.`);
}

/** An UPDATE of a text column, whose effect the list shows. */
function exampleChange({ relation, key, columns }: Table, database: string) {
  const text = columns.find((one) => one.kind === 'text' && one.name !== key.name);
  if (text === undefined || key.kind !== 'integer') return undefined;
  const name = relation.replace(/^public\./, '');
  return `  psql ${database} -c "UPDATE ${name} SET ${text.column} = 'changed' WHERE ${key.column} = 1"   # and curl again\n`;
}

console.log('Starting the service on this machine:');
try {
  await main();
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
clearInterval(alive);
process.channel?.unref();
