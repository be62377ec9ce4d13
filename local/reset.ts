import { mkdir, rm } from 'node:fs/promises';
import { startCommand } from '../scripts/start-command.ts';
import { endOrphan } from './postgres.ts';
import { claimFolder } from './running.ts';
import { endpointsFile, localDir } from './settings.ts';

startCommand('Usage: npm run reset\n\nForgets what the local stack keeps: its database, its cache, its log.');
try {
  await mkdir(localDir, { recursive: true });
  const release = await claimFolder(endpointsFile);
  try {
    await endOrphan(`${localDir}/postgres`);
    await rm(localDir, { recursive: true, force: true });
  } finally {
    await release();
  }
  console.log(`${localDir} is gone; npm start makes it anew.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
