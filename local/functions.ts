import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { startGateway } from './gateway/gateway.ts';
import { awsRetryDelaysMs, createEventQueue } from './lambda/event-queue.ts';
import { type LambdaFunction, startFunction } from './lambda/function.ts';
import { type Invoke, LambdaRefusal } from './lambda/invocation.ts';
import { startInvokeEndpoint } from './lambda/invoke-endpoint.ts';
import { startSchedules } from './lambda/schedules.ts';
import { type FunctionDefinition, readService, type Service } from './lambda/service.ts';
import { watchBundle } from './lambda/watch-bundle.ts';

export interface FunctionsOptions {
  ports: {
    api: number;
    lambda: number;
    dataApi: number;
    dynamoDb: number;
    parameters: number;
  };
  /** The name of the database. */
  database: string;
  /** The folder for the bundles, and for functions.log, to which the functions write. */
  dir: string;
  retryDelaysMs?: readonly number[];
  /** The URL of the index of served tables, if it is not `tables/index.ts`. */
  tablesFile?: string;
}

/**
 * Starts API Gateway and Lambda with the functions of serverless.yml, bundled like `sls deploy` does, and rebuilt
 * after each change of their code.
 * @param say receives messages for the user, such as a failed build
 */
export async function startFunctions(
  { ports, database, dir, tablesFile, retryDelaysMs = awsRetryDelaysMs }: FunctionsOptions,
  { say = () => {}, signal }: { say?: (text: string) => void; signal?: AbortSignal } = {},
) {
  const service = await readService(
    {
      API_PORT: String(ports.api),
      LAMBDA_PORT: String(ports.lambda),
      DATA_API_PORT: String(ports.dataApi),
      DYNAMODB_PORT: String(ports.dynamoDb),
      SSM_PORT: String(ports.parameters),
      POSTGRES_DATABASE: database,
    },
    signal,
  );
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  try {
    const log = await openLog(`${dir}/functions.log`, say);
    stops.push(() => log.end());
    const invoke = await startAll(service, { dir, tablesFile, log, say, stops });

    const queue = createEventQueue({
      invoke,
      retryDelaysMs,
      sleep: (ms) => sleep(ms, undefined, { ref: false }),
      onFailed: ({ requestContext: { functionArn, approximateInvokeCount: tries } }) =>
        say(
          `an event failed ${tries} times (${functionArn}): see GET /failed-events on the port LAMBDA_PORT`,
        ),
    });
    const gateway = await startGateway({ port: ports.api, routes: service.routes, invoke });
    stops.push(gateway.stop);
    const endpoint = await startInvokeEndpoint({
      port: ports.lambda,
      functions: service.functions,
      invoke,
      queue,
    });
    stops.push(endpoint.stop);
    stops.push(
      startSchedules(
        service.functions,
        ({ name, maxRetries }, event) => {
          try {
            queue.accept(name, event, randomUUID(), maxRetries);
          } catch (error) {
            say(`an event of the schedule of ${name} was dropped: ${messageOf(error)}`);
          }
        },
        ({ key }, expression) =>
          say(`the schedule ${expression} of ${key} does not run: the local stack supports rates only`),
      ),
    );
    return { url: gateway.url, lambdaUrl: endpoint.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Surroundings {
  dir: string;
  tablesFile: string | undefined;
  log: Writable;
  say: (text: string) => void;
  stops: (() => Promise<unknown> | unknown)[];
}

/**
 * Bundles and starts all functions.
 * @returns a function that invokes one by its name
 */
async function startAll(
  { functions, bundle }: Service,
  { dir, tablesFile, log, say, stops }: Surroundings,
): Promise<Invoke> {
  const outDir = resolve(dir, 'functions');
  await rm(outDir, { recursive: true, force: true });
  const running = new Map<string, LambdaFunction>();
  /** The last reported text. Functions that share a file report the same faults, which the user sees once. */
  let told = '';
  const tell = (text: string) => {
    if (text !== told) say(text);
    told = text;
  };
  const complain = (faults: string) =>
    tell(`\n${faults}\n\nThe functions keep running the previous build until you correct this.`);

  async function start(definition: FunctionDefinition) {
    const { key, name, handler } = definition;
    const replace = async (file: string) => {
      try {
        await running.get(name)?.replace(file);
        told = '';
        say(`${key} runs the new code`);
      } catch (error) {
        complain(`The functions cannot be loaded: ${loadFaultOf(error)}`);
      }
    };
    const bundled = await watchBundle({
      handler,
      options: bundle,
      outDir: `${outDir}/${key}`,
      ...(tablesFile !== undefined && { tablesFile: fileURLToPath(tablesFile) }),
      onBuilt: (file) => void replace(file),
      onError: complain,
    });
    stops.push(bundled.stop);
    const onEnd = () => say(`the process of ${key} ended unexpectedly; restarting it`);
    const started = await startFunction({ definition, file: bundled.file, log, onEnd }).catch(
      (cause: unknown) => {
        throw new Error(`The function ${key} cannot be loaded: ${loadFaultOf(cause)}`, { cause });
      },
    );
    stops.push(started.stop);
    running.set(name, started);
  }
  const starts = await Promise.allSettled(functions.map(start));
  for (const one of starts) if (one.status === 'rejected') throw one.reason;

  return async (name, event, about) => {
    const target = running.get(name);
    if (target === undefined)
      throw new LambdaRefusal(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    return target.invoke(event, about);
  };
}

const LoadFault = z.object({ errorMessage: z.string() });

/** The message of an error that a module threw in a function's process; its stack is in the log. */
function loadFaultOf(error: unknown): string {
  const message = messageOf(error);
  try {
    return LoadFault.parse(JSON.parse(message)).errorMessage;
  } catch {
    return message;
  }
}

/**
 * If the log cannot be written (for example on a full disk), the functions' output is still read, or they would
 * block.
 */
async function openLog(path: string, say: (text: string) => void) {
  const file = await open(path, 'a');
  let told = false;
  const complain = (error: unknown) => {
    if (!told) say(`${path} cannot be written and loses lines: ${messageOf(error)}`);
    told = true;
  };
  const log = new Writable({
    write: (chunk, _, done) =>
      void file
        .appendFile(chunk)
        .catch(complain)
        .then(() => done()),
    final: (done) =>
      void file
        .close()
        .catch(complain)
        .then(() => done()),
  });
  log.setMaxListeners(100); // each process of a function pipes two streams into it
  return log;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
