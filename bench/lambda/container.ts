import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRuntimeApi, type Invocation } from './runtime-api.ts';

const runtimeClient = fileURLToPath(new URL('../node_modules/aws-lambda-ric/index.mjs', import.meta.url));

/** @throws Error with one sentence where AWS's runtime client could not be compiled */
export async function requireRuntimeClient() {
  await access(runtimeClient).catch((cause: unknown) => {
    throw new Error(
      'AWS’s runtime client is missing: install cmake, g++, make and python3, then run `npm ci` in bench/ again.',
      { cause },
    );
  });
}

/** One container of a function: a process with AWS's runtime client, which has the bundle loaded. */
export interface Container {
  /** By `performance.now()`, as all times here. */
  spawnedAtMs: number;
  /** When it asked for its first event: its initialisation was over. */
  initialised: Promise<number>;
  /** @throws Error with the function's last output, where it ends or fails */
  invoke(event: unknown): Promise<Invocation>;
  stop(): Promise<void>;
}

/**
 * Starts a container as Lambda does: the runtime client imports the bundle, and asks the Runtime API for
 * events. There is no virtual machine to start here, and no code to download; the files are in the system's
 * cache after the first start.
 *
 * @param bundle the function's file, which exports `handler`
 * @param environment the function's own variables
 */
export async function startContainer({
  bundle,
  environment,
}: {
  bundle: string;
  environment: Record<string, string>;
}): Promise<Container> {
  const api = await createRuntimeApi();
  const name = basename(bundle, extname(bundle));
  const env = { ...environment, ...lambdaEnvironment(name), LAMBDA_TASK_ROOT: dirname(bundle) };
  // A file, as a pipe would be read by the very process that takes the time.
  const logFile = join(tmpdir(), `${name}-${randomUUID()}.log`);
  const log = await open(logFile, 'w');
  const spawnedAtMs = performance.now();
  const child = spawn(process.execPath, [runtimeClient], {
    cwd: dirname(bundle),
    env: { ...env, _HANDLER: `${name}.handler`, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'close');
  const output = async () => (await readFile(logFile, 'utf8')).slice(-10_000).trim();
  ended.then(
    async ([code, signal]) =>
      api.fail(new Error(`The container ${name} ended with ${code ?? signal}: ${await output()}`)),
    (error: Error) => api.fail(error),
  );

  return {
    spawnedAtMs,
    initialised: api.initialised,
    invoke: (event) => api.invoke(event),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended.catch(() => {}); // `invoke` has told of it
      await api.close();
      await log.close();
      await rm(logFile, { force: true });
    },
  };
}

/** A container for as long as it is used. */
export async function withContainer<T>(
  options: Parameters<typeof startContainer>[0],
  use: (container: Container) => Promise<T>,
): Promise<T> {
  const container = await startContainer(options);
  try {
    return await use(container);
  } finally {
    await container.stop();
  }
}

/** What Lambda sets besides the function's own variables. */
const lambdaEnvironment = (name: string) => ({
  PATH: process.env['PATH'] ?? '',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
});
