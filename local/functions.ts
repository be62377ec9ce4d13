import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Settings } from './settings.ts';

const mostStartMs = 60_000;

/**
 * Starts API Gateway and Lambda, emulated by serverless-offline, with the functions as `sls deploy` would bundle them.
 *
 * @param logFile what the functions and the emulator write
 * @param onExit called when the process ends without having been told to
 */
export async function startFunctions({
  ports,
  database,
  logFile,
  onExit,
}: {
  ports: Settings['ports'];
  /** The name of the database. */
  database: string;
  logFile: string;
  onExit: () => void;
}) {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const project = fileURLToPath(new URL('..', import.meta.url));
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, [serverless, 'offline', 'start', '--stage', 'local'], {
    cwd: project, // where serverless.yml is, wherever the stack was started
    env: {
      ...process.env,
      NODE_OPTIONS: `--import ${new URL('keep-alive.ts', import.meta.url).href}`,
      API_PORT: String(ports.api),
      LAMBDA_PORT: String(ports.lambda),
      DATA_API_PORT: String(ports.dataApi),
      DYNAMODB_PORT: String(ports.dynamoDb),
      SSM_PORT: String(ports.parameters),
      POSTGRES_DATABASE: database,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // the channel tells it when this process is gone
    detached: true, // Ctrl-C is for the stack, which then ends its parts in order
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const exited = once(child, 'exit');
  let stopping = false;

  const ready = new Promise<void>((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-10_000);
      if (output.includes('Server ready')) resolve();
    });
    const fail = () => reject(new Error(`API Gateway and Lambda did not start: see ${logFile}.`));
    void exited.then(fail);
    setTimeout(fail, mostStartMs).unref(); // after a failed build it waits for ever
  });
  await ready.catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  void exited.then(() => stopping || onExit());
  return {
    url: `http://127.0.0.1:${ports.api}`,
    lambdaUrl: `http://127.0.0.1:${ports.lambda}`,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await exited;
      clearTimeout(impatient);
      log.end();
      await rm(`${project}/.esbuild/local-${ports.api}`, { recursive: true, force: true });
    },
  };
}
