import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const Running = z.object({ pid: z.int(), api: z.string() });

/** @throws Error with one sentence while the stack of the same folder runs */
export async function refuseSecondStart(endpointsFile: string) {
  const running = await readFile(endpointsFile, 'utf8').then(
    (text) => Running.parse(JSON.parse(text)),
    () => undefined, // no file: nothing runs
  );
  if (running === undefined || !isAlive(running.pid)) return;
  throw new Error(`The service runs already, at ${running.api} (process ${running.pid}).`);
}

function isAlive(pid: number) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}
