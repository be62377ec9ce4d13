import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Environment } from '../process.ts';
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

/** The response of a function of an HTTP API. */
const Reply = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()).default({}) });

export const parseReply = (body: Buffer) => Reply.parse(JSON.parse(body.toString()));

/** A process with AWS's runtime client, which loads the bundle as soon as it starts. */
export interface Container {
  /** By `performance.now()`. */ spawnedAtMs: number;
  /** @throws Error if the function fails, or its process ends */
  invoke(event: unknown): Promise<Invocation>;
  stop(): Promise<void>;
}

/** Starts a container as Lambda does. @param bundle the function's file, which exports `handler` */
export async function startContainer(bundle: string, environment: Environment): Promise<Container> {
  const api = await createRuntimeApi();
  const name = basename(bundle, extname(bundle));
  const spawnedAtMs = performance.now();
  const child = spawn(process.execPath, [runtimeClient], {
    cwd: dirname(bundle),
    env: {
      ...environment,
      ...{ PATH: process.env['PATH'], LANG: 'en_US.UTF-8', TZ: ':UTC', LAMBDA_TASK_ROOT: dirname(bundle) },
      ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' },
      ...{ AWS_LAMBDA_LOG_GROUP_NAME: name, AWS_LAMBDA_LOG_STREAM_NAME: name },
      ...{ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', _HANDLER: `${name}.handler` },
      AWS_LAMBDA_RUNTIME_API: api.address,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close').then(([code, signal]) =>
    api.fail(new Error(`The container of ${name} ended with ${code ?? signal}`)),
  );
  return {
    spawnedAtMs,
    invoke: api.invoke,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await api.stop();
    },
  };
}
