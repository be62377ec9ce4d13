/** `npm run reset`: forgets what the local stack keeps. */
import { rm } from 'node:fs/promises';
import { refuseSecondStart } from './running.ts';
import { endpointsFile, localDir } from './settings.ts';

try {
  await refuseSecondStart(endpointsFile);
  await rm(localDir, { recursive: true, force: true });
  console.log(`${localDir} is gone; npm start makes it anew.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
