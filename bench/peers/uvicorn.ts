import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/ports.ts';

const cwd = fileURLToPath(new URL('.', import.meta.url));

/** Starts a peer in uvicorn with one worker. @returns its URL, and the ms from its process's start to its first answer */
export async function startUvicorn(python: string, peer: string, databaseUrl: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const spawnedAtMs = performance.now();
  const args = `-m uvicorn ${peer}:app --port ${port} --no-access-log --log-level warning`.split(' ');
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    while (!(await answers(`${url}topics/`))) {
      if (child.exitCode !== null) throw new Error(`uvicorn with ${peer} ended with ${child.exitCode}`);
      await sleep(5);
    }
    return { url, startMs: performance.now() - spawnedAtMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws Error for a status other than 200 */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined); // not listening yet
  if (response === undefined) return false;
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  await response.arrayBuffer();
  return true;
}
