import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import type { Settings } from './settings.ts';

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
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, [serverless, 'offline', 'start', '--stage', 'local'], {
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
    void exited.then(() => reject(new Error(`API Gateway and Lambda did not start: see ${logFile}.`)));
  });
  await ready;
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
    },
  };
}
