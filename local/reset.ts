import { mkdir, rm } from 'node:fs/promises';
import { startCommand } from '../scripts/start-command.ts';
import { endOrphan } from './postgres.ts';
import { claimFolder } from './running.ts';
import { endpointsFile, localDir } from './settings.ts';

startCommand(
  'Usage: npm run reset\n\nDelete the data of the local stack: the demo database, the cache, the logs.',
);
try {
  await mkdir(localDir, { recursive: true });
  const release = await claimFolder(endpointsFile);
  try {
    await endOrphan(`${localDir}/postgres`);
    await rm(localDir, { recursive: true, force: true });
  } finally {
    await release();
  }
  console.log(`Deleted ${localDir}. npm start creates it again.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
