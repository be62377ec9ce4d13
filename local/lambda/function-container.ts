import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { failure, maxResultBytes, type Outcome } from './invocation.ts';
import type { FunctionDefinition } from './service.ts';

/** A message to a function's process. */
export interface Task {
  id: string;
  /** JSON. */
  event: string;
  deadlineMs: number;
  /** JSON. */
  clientContext?: string | undefined;
}

const Started = z.union([
  z.object({ started: z.literal(true) }),
  z.object({ started: z.literal(false), error: z.string() }),
]);
export type Started = z.infer<typeof Started>;
const Done = z.object({ id: z.string(), payload: z.string(), failed: z.boolean() });

/** A process that has loaded a function. */
export interface Container {
  /** Resolves when the process has ended. */
  ended: Promise<unknown>;
  run(task: Task): Promise<Outcome>;
  /** Waits at most `ms` for the invocations in progress, and ends the process. */
  retire(ms: number): Promise<void>;
}

/** @throws Error with the module's error, if loading it failed */
export async function startContainer(
  definition: FunctionDefinition,
  file: string,
  log: Writable,
): Promise<Container> {
  const child = startProcess(definition, file, log);
  const ended = once(child, 'exit');

  const running = new Map<string, (outcome: Outcome) => void>();
  /** Resolves when no invocation is in progress. A container that retires gets no further ones. */
  let idle = Promise.withResolvers<void>();
  const settle = (id: string, outcome: Outcome) => {
    running.get(id)?.(outcome);
    running.delete(id);
    if (running.size === 0) idle.resolve();
  };
  const { promise: loaded, resolve, reject } = Promise.withResolvers<void>();
  child.on('message', (message) => {
    const { data: started } = Started.safeParse(message);
    if (started?.started === true) resolve();
    else if (started?.started === false) reject(new Error(started.error));
    const { data: done } = Done.safeParse(message);
    if (done !== undefined) settle(done.id, outcomeOf(done));
  });
  void ended.then(([code, signal]) => {
    reject(new Error(`the process ended with ${signal ?? code} while it loaded the function`));
    const why = `Error: Runtime exited with error: ${signal === null ? `exit status ${code}` : `signal: ${signal}`}`;
    for (const id of running.keys()) settle(id, failure('Runtime.ExitError', `RequestId: ${id} ${why}`));
  });
  await loaded.catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });

  return {
    ended,
    run: (task) =>
      new Promise((done) => {
        const timeoutMs = task.deadlineMs - Date.now();
        const timer = setTimeout(
          () =>
            settle(task.id, { ...failure('Sandbox.Timedout', timedOut(task.id, timeoutMs)), timedOut: true }),
          timeoutMs,
        );
        if (running.size === 0) idle = Promise.withResolvers();
        running.set(task.id, (outcome) => {
          clearTimeout(timer);
          done(outcome);
        });
        if (child.connected) child.send(task);
      }),
    async retire(ms) {
      if (running.size > 0) await Promise.race([idle.promise, ended, sleep(ms, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const processFile = fileURLToPath(new URL('function-process.ts', import.meta.url));

function startProcess(definition: FunctionDefinition, file: string, log: Writable): ChildProcess {
  const child = fork(processFile, [file, definition.handler.exportName], {
    env: environmentOf(definition),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.on('error', () => {}); // sending to an ended process fails together with the process
  return child;
}

/** A function's environment comes only from serverless.yml and Lambda, as in AWS. */
const environmentOf = ({ name, handler, memoryMb, environment }: FunctionDefinition) => ({
  PATH: process.env['PATH'],
  NODE_OPTIONS: '--enable-source-maps',
  TZ: ':UTC',
  LANG: 'en_US.UTF-8',
  AWS_DEFAULT_REGION: environment['AWS_REGION'],
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  _HANDLER: `${handler.file}.${handler.exportName}`,
  ...environment,
});

const timedOut = (id: string, ms: number) =>
  `RequestId: ${id} Error: Task timed out after ${(ms / 1000).toFixed(2)} seconds`;

function outcomeOf({ payload, failed }: z.infer<typeof Done>): Outcome {
  if (failed) return { payload, functionError: 'Unhandled' };
  if (Buffer.byteLength(payload) <= maxResultBytes) return { payload };
  const tooLarge = `Response payload size exceeded maximum allowed payload size (${maxResultBytes} bytes).`;
  return failure('Function.ResponseSizeTooLarge', tooLarge);
}
