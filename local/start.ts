/** `npm start`: the whole service on this machine, until Ctrl-C or SIGTERM. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { refuseSecondStart } from './running.ts';
import { endpointsFile, localDir, localToken, parseSettings } from './settings.ts';
import { type Endpoints, startStack } from './stack.ts';

async function main() {
  await mkdir(localDir, { recursive: true });
  await refuseSecondStart(endpointsFile);
  const stack = await startStack({
    settings: parseSettings(process.env),
    dir: localDir,
    progress: (part, address, ms) =>
      console.log(`  ${part.padEnd(20)} ${address}  (${(ms / 1000).toFixed(1)} s)`),
    onBreak: (part) => fail(`${part} ended by itself: see ${localDir}/functions.log.`),
  });
  await writeFile(endpointsFile, `${JSON.stringify({ pid: process.pid, ...stack.endpoints }, null, 2)}\n`);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      console.log('ending…');
      void stack.stop().finally(() => rm(endpointsFile, { force: true }));
    });
  console.log(ready(stack.endpoints));
}

const ready = ({ api, database }: Endpoints) => `
ready. The log of the functions is ${localDir}/functions.log. Try:

  curl ${api}/topics/
  psql ${database} -c "UPDATE bbs_topic SET title = 'changed' WHERE id = 1"   # and curl again
  curl -X POST -H 'Authorization: Bearer ${localToken}' ${api}/refresh/

Ctrl-C ends it; npm run reset forgets its data.`;

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

console.log('Starting the service on this machine:');
await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
