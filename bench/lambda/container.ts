import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchDir } from '../build.ts';
import { createRuntimeApi, type Invocation } from './runtime-api.ts';

const runtimeClient = fileURLToPath(new URL('../node_modules/aws-lambda-ric/index.mjs', import.meta.url));

/** @throws Error with one sentence if AWS's runtime client could not be compiled */
export async function requireRuntimeClient() {
  await access(runtimeClient).catch((cause: unknown) => {
    const message =
      'AWS’s runtime client is missing: install cmake, g++, make and python3, then run `npm ci` in bench/ again.';
    throw new Error(message, { cause });
  });
}

/** A process with AWS's runtime client, which loads the bundle as soon as it starts. */
export interface Container {
  /** By `performance.now()`. */ spawnedAtMs: number;
  /** @throws Error with the function's last output where it ends or fails */
  invoke(event: unknown): Promise<Invocation>;
  stop(): Promise<void>;
}

/** Starts a container as Lambda does. @param bundle the function's file, which exports `handler` */
export async function startContainer(
  bundle: string,
  environment: Record<string, string>,
): Promise<Container> {
  const api = await createRuntimeApi();
  const name = basename(bundle, extname(bundle));
  // A file, because the process that measures would have to read a pipe.
  const logFile = join(benchDir, `${name}-${process.pid}-${new URL(`http://${api.address}`).port}.log`);
  const log = await open(logFile, 'w');
  const spawnedAtMs = performance.now();
  const child = spawn(process.execPath, [runtimeClient], {
    cwd: dirname(bundle),
    env: {
      ...environment,
      ...{ PATH: process.env['PATH'], LANG: 'en_US.UTF-8', TZ: ':UTC', LAMBDA_TASK_ROOT: dirname(bundle) },
      ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' },
      ...{
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        AWS_LAMBDA_LOG_GROUP_NAME: name,
        AWS_LAMBDA_LOG_STREAM_NAME: name,
      },
      ...{ _HANDLER: `${name}.handler`, AWS_LAMBDA_RUNTIME_API: api.address },
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'close').then(async ([code, signal]) => {
    const output = (await readFile(logFile, 'utf8').catch(() => '')).slice(-5_000).trim();
    api.fail(new Error(`The container of ${name} ended with ${code ?? signal}: ${output}`));
  });
  return {
    spawnedAtMs,
    invoke: api.invoke,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await api.stop();
      await log.close();
      await rm(logFile, { force: true });
    },
  };
}
