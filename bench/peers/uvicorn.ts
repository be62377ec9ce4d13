import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('.', import.meta.url));

/** Starts a peer in uvicorn with one worker. @returns its URL, and the ms from its process's start to its first answer */
export async function startUvicorn(python: string, peer: string, databaseUrl: string) {
  const spawnedAtMs = performance.now();
  const args = `-m uvicorn ${peer}:app --port 0 --no-access-log`.split(' ');
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const url = await urlOf(child.stderr);
    if (url === undefined) throw new Error(`uvicorn with ${peer} ended before it listened`);
    const answer = await fetch(`${url}topics/`);
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${answer.url} answered ${answer.status}`);
    return { url, startMs: performance.now() - spawnedAtMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address that uvicorn logs once it listens; its other lines go on to this process. */
function urlOf(log: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: log });
    lines.on('line', (line) => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (address !== undefined) resolve(`${address}/`);
      else if (!line.startsWith('INFO:')) console.error(line);
    });
    lines.on('close', () => resolve(undefined));
  });
}
