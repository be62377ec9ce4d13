import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../local/ports.ts';
import { projectFile } from '../project-file.ts';

const pauseMs = 5;

/**
 * Starts the original's server as a container of it would start, asks it until it answers, and ends it.
 *
 * @param python that `installPeers` found
 * @returns milliseconds from the start of the process to its whole first answer
 */
export async function startOriginal(python: string, databaseUrl: string): Promise<number> {
  const port = await freePort();
  const spawnedAtMs = performance.now();
  const args = ['-m', 'uvicorn', 'original:app', '--port', String(port), '--no-access-log'];
  const child = spawn(python, args, {
    cwd: projectFile('bench/peers'),
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const ended = once(child, 'close');
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the original ended with ${child.exitCode}: ${log}`);
      if (await answers(`http://127.0.0.1:${port}/topics/`)) return performance.now() - spawnedAtMs;
      await sleep(pauseMs);
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Whether the server is there. @throws Error where it answers anything but 200 */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } }).catch(() => undefined);
  if (response === undefined) return false;
  if (response.status !== 200) throw new Error(`the original answered ${response.status}`);
  await response.arrayBuffer();
  return true;
}
