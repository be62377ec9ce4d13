import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Dataset } from '../lib/tables/define-table.ts';
import { defaultArns } from './data-api/default-arns.ts';
import { refuseUnusable } from './database.ts';
import type { startDynamoDb } from './dynamodb.ts';
import type { startFollow } from './follow/start-follow.ts';
import type { startFunctions } from './functions.ts';
import type { startParameterStore } from './parameters.ts';
import { type Addresses, createPart, type PartContext, type PartOptions, PortTaken } from './part.ts';
import { localToken, portVariables, type Settings } from './settings.ts';
import type { startDataApi } from './start-data-api.ts';
import type { startDemoPostgres } from './start-demo-postgres.ts';
import { checkDatabase, loadTables, sentenceOf, servable } from './tables.ts';

/** The addresses of a running stack's parts. */
export interface Endpoints {
  api: string;
  /** AWS Lambda's Invoke, for `@aws-sdk/client-lambda` and `aws lambda invoke`. */
  lambda: string;
  dataApi: string;
  dynamoDb: string;
  parameters: string;
  database: string;
}

export interface Stack {
  endpoints: Endpoints;
  /** The served tables. */
  tables: Dataset;
  /** Ends every part, in reverse order of their starts. */
  stop(): Promise<void>;
}

export interface StackOptions {
  settings: Settings;
  /** The folder for data and logs. */
  dir: string;
  /** Called after the start and each restart of a part, with its name, its address and the duration in ms. */
  progress: (part: string, address: string, ms: number) => void;
  /** Called when a part has ended unexpectedly, before its restart. */
  onBreak: (part: string) => void;
  /** Receives other messages for the user, such as a failed build. */
  say?: (text: string) => void;
  /** Aborts the start. */
  signal?: AbortSignal;
}

/**
 * Starts all parts on 127.0.0.1, each in its own process. If one fails, it stops the others.
 * @throws Error with one sentence for a fault that the user can fix
 */
export async function startStack({ settings, dir, signal, ...told }: StackOptions): Promise<Stack> {
  const { ports, databaseUrl, retryDelaysMs } = settings;
  const isDemo = databaseUrl === undefined;
  const tables = await loadTables(settings.tables);
  await mkdir(dir, { recursive: true });
  const { part, stop } = createParts(settings, told);
  signal?.addEventListener('abort', () => void stop());
  try {
    const database = isDemo
      ? await startDemoDatabase(part, ports, dir)
      : { url: await refuseUnusable(databaseUrl) };
    const [dataApi, dynamoDb, parameters] = await startAwsParts(part, ports, dir, database.url);
    const databaseName = decodeURIComponent(new URL(database.url).pathname.slice(1));
    await refuseUnservable(tables, {
      dataApiUrl: dataApi.url,
      database: databaseName,
      isDemo,
      say: told.say,
    });
    const functions = await part<typeof startFunctions>(
      'API Gateway, Lambda',
      './functions.ts',
      'startFunctions',
      (before) => ({
        ports: {
          api: portOf(before?.url) ?? ports.api,
          lambda: portOf(before?.lambdaUrl) ?? ports.lambda,
          dataApi: portOf(dataApi.url) ?? 0,
          dynamoDb: portOf(dynamoDb.url) ?? 0,
          parameters: portOf(parameters.url) ?? 0,
        },
        database: databaseName,
        dir,
        tablesFile: settings.tables.href,
        ...(retryDelaysMs && { retryDelaysMs }),
      }),
    );
    const lambda = functions.lambdaUrl ?? '';
    const pollMs = isDemo ? undefined : settings.pollMs;
    await part<typeof startFollow>(
      pollMs === undefined ? 'aws_lambda' : 'changes',
      './follow/start-follow.ts',
      'startFollow',
      () => ({
        ...{ databaseUrl: database.url, dataApiUrl: dataApi.url, lambdaUrl: lambda, pollMs },
        tablesFile: settings.tables.href,
        outDir: resolve(dir, 'tables'),
      }),
    );
    const endpoints = {
      api: functions.url,
      lambda,
      dataApi: dataApi.url,
      dynamoDb: dynamoDb.url,
      parameters: parameters.url,
      database: database.url,
    };
    return { endpoints, tables, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const startDemoDatabase = (part: StartPart, ports: Settings['ports'], dir: string) =>
  part<typeof startDemoPostgres>('PostgreSQL', './start-demo-postgres.ts', 'startDemoPostgres', (before) => ({
    dataDir: `${dir}/postgres`,
    port: portOf(before?.url) ?? ports.postgres,
  }));

/** The stand-ins of the RDS Data API, DynamoDB and the Parameter Store. */
function startAwsParts(part: StartPart, ports: Settings['ports'], dir: string, databaseUrl: string) {
  // Transaction ids differ between databases, so generations of one database do not compare with another's.
  const cacheDir = `${dir}/dynamodb-${createHash('sha256').update(databaseUrl).digest('hex').slice(0, 8)}`;
  return Promise.all([
    part<typeof startDataApi>('RDS Data API', './start-data-api.ts', 'startDataApi', (before) => ({
      databaseUrl,
      port: portOf(before?.url) ?? ports.dataApi,
      ...defaultArns,
    })),
    part<typeof startDynamoDb>('DynamoDB', './dynamodb.ts', 'startDynamoDb', (before) => ({
      port: portOf(before?.url) ?? ports.dynamoDb,
      dataDir: cacheDir,
      tableName: 'offload-local-cache',
    })),
    part<typeof startParameterStore>(
      'Parameter Store',
      './parameters.ts',
      'startParameterStore',
      (before) => ({
        port: portOf(before?.url) ?? ports.parameters,
        parameters: { '/offload/local/refresh-token': localToken },
      }),
    ),
  ]);
}

/**
 * Reports differences between the database and the tables' files. A faulty table does not prevent the others from
 * being served.
 * @throws Error if no table can be served
 */
async function refuseUnservable(
  tables: Dataset,
  {
    isDemo,
    say = () => {},
    ...at
  }: { dataApiUrl: string; database: string; isDemo: boolean; say?: ((text: string) => void) | undefined },
) {
  const findings = await checkDatabase(tables, at);
  const sentences = findings.map(sentenceOf);
  if (servable(tables, findings).length > 0) for (const sentence of sentences) say(sentence);
  else
    throw new Error(
      [
        ...sentences,
        ...(isDemo
          ? ['The demo database has none of the tables in tables/: set DATABASE_URL to your database.']
          : []),
      ].join('\n'),
    );
}

type StartPart = ReturnType<typeof createParts>['part'];

/** The parts that were started, so that all can be ended. */
function createParts(
  { ports }: Settings,
  { progress, onBreak, say = () => {} }: Pick<StackOptions, 'progress' | 'onBreak' | 'say'>,
) {
  const parts: ReturnType<typeof createPart>[] = [];
  let stopped: Promise<void> | undefined;

  async function part<Start extends (options: never, context: PartContext) => Promise<Addresses>>(
    name: string,
    module: PartOptions['module'],
    start: string,
    options: (before: Addresses | undefined) => Parameters<Start>[0],
  ): Promise<Addresses> {
    if (stopped !== undefined) throw new Error('The stack was stopped during its start.');
    const startMs = Date.now();
    const one = createPart({
      module,
      start,
      options,
      say: (text) => say(`${name}: ${text}`),
      onEnd: () => onBreak(name),
      onAgain: ({ url }, ms) => progress(name, url, ms),
    });
    parts.push(one);
    const addresses = await one.start().catch((error: unknown) => {
      throw error instanceof PortTaken ? portTaken(error.port, ports) : error;
    });
    progress(name, addresses.url, Date.now() - startMs);
    return addresses;
  }

  async function stopAll() {
    for (const one of parts.reverse()) await one.stop();
  }
  return { part, stop: () => (stopped ??= stopAll()) };
}

const portOf = (url: string | undefined) => (url === undefined ? undefined : Number(new URL(url).port));

function portTaken(port: number, ports: Settings['ports']) {
  const [, variable] = Object.entries(portVariables).find(([name]) => portNamed(ports, name) === port) ?? [];
  return new Error(
    `Port ${port} is in use: stop the program that uses it, or set ${variable} to another port.`,
  );
}

const portNamed = (ports: Settings['ports'], name: string) => new Map(Object.entries(ports)).get(name);
