import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { startDemoTrigger } from './aws-lambda/demo-trigger.ts';
import { createDataApiServer } from './data-api/create-data-api-server.ts';
import { defaultResourceArn, defaultSecretArn } from './data-api/default-arns.ts';
import { createDemoDatabase, refuseWithoutTopics } from './database.ts';
import { startDynamoDb } from './dynamodb.ts';
import { startFunctions } from './functions.ts';
import { startParameterStore } from './parameters.ts';
import { refuseBusyPort } from './ports.ts';
import { endOrphan, startPostgres } from './postgres.ts';
import { localToken, type Settings } from './settings.ts';

/** Where the parts of a running stack answer. */
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
  /** Ends every part, the last one started first. */
  stop(): Promise<void>;
}

/**
 * Starts all parts on 127.0.0.1. What had started is ended again when one cannot.
 *
 * @param dir where data and logs are kept
 * @param progress told of each part, once it runs: its name, its address, how long it took
 * @param onBreak called when a part ends by itself
 * @throws Error with one sentence for what a user can mend
 */
export async function startStack({
  settings: { ports, databaseUrl },
  dir,
  progress,
  onBreak,
}: {
  settings: Settings;
  dir: string;
  progress: (part: string, address: string, ms: number) => void;
  onBreak: (part: string) => void;
}): Promise<Stack> {
  await refuseBusyPort(ports.api, 'API_PORT');
  await refuseBusyPort(ports.lambda, 'LAMBDA_PORT');
  await refuseBusyPort(ports.dataApi, 'DATA_API_PORT');
  await refuseBusyPort(ports.dynamoDb, 'DYNAMODB_PORT');
  await refuseBusyPort(ports.parameters, 'SSM_PORT');
  if (databaseUrl === undefined) {
    await endOrphan(`${dir}/postgres`);
    await refuseBusyPort(ports.postgres, 'POSTGRES_PORT');
  }
  await mkdir(dir, { recursive: true });

  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  async function part<Part extends { stop(): Promise<void> }>(
    name: string,
    starting: Promise<Part>,
    address: (part: Part) => string,
  ): Promise<Part> {
    const startMs = Date.now();
    const started = await starting;
    stops.push(() => started.stop());
    progress(name, address(started), Date.now() - startMs);
    return started;
  }
  const url = (started: { url: string }) => started.url;

  try {
    const database =
      databaseUrl === undefined
        ? (await part('PostgreSQL', startDemoDatabase(dir, ports.postgres), url)).url
        : await refuseWithoutTopics(databaseUrl);
    const dataApi = await part('RDS Data API', startDataApi(database, ports.dataApi), url);
    // Another database has other transactions: what was published from one is not to be compared with the other's.
    const cacheDir = `${dir}/dynamodb-${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
    const tableName = 'offload-local-cache';
    const dynamoDb = await part(
      'DynamoDB',
      startDynamoDb({ port: ports.dynamoDb, dataDir: cacheDir, tableName }),
      url,
    );
    const parameters = await part('Parameter Store', startParameters(ports.parameters), url);
    const functions = await part(
      'API Gateway, Lambda',
      startFunctions({
        ports,
        database: decodeURIComponent(new URL(database).pathname.slice(1)),
        logFile: `${dir}/functions.log`,
        onExit: () => onBreak('API Gateway, Lambda'),
      }),
      url,
    );
    if (databaseUrl === undefined)
      await part(
        'aws_lambda',
        startDemoTrigger({ databaseUrl: database, lambdaUrl: functions.lambdaUrl }),
        url,
      );
    const endpoints = {
      api: functions.url,
      lambda: functions.lambdaUrl,
      dataApi: dataApi.url,
      dynamoDb: dynamoDb.url,
      parameters: parameters.url,
      database,
    };
    return { endpoints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDemoDatabase(dir: string, port: number) {
  const postgres = await startPostgres({ dataDir: `${dir}/postgres`, port });
  try {
    return { url: await createDemoDatabase(postgres.url, 'bbs'), stop: postgres.stop };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function startDataApi(databaseUrl: string, port: number) {
  const arns = { resourceArn: defaultResourceArn, secretArn: defaultSecretArn };
  const server = await createDataApiServer({ databaseUrl, port, ...arns });
  return { url: server.url, stop: () => server.close() };
}

const startParameters = (port: number) =>
  startParameterStore({ port, parameters: { '/offload/local/refresh-token': localToken } });
