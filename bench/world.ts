import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDataApiServer } from '../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../local/data-api/default-arns.ts';
import { cacheTableProperties, createTable, startDynamoDb } from '../local/dynamodb.ts';
import { freePort } from '../local/ports.ts';
import { endOrphan, startPostgres } from '../local/postgres.ts';
import { refuseSecondRun } from './world/only-run.ts';
import { createTopicsDatabases } from './world/topics.ts';

export { publish } from './world/publish.ts';

/**
 * What stands for AWS and Django's database in every benchmark, on 127.0.0.1: one PostgreSQL with a database
 * for each number of topics, the Data API over each of them, one DynamoDB. They run in the benchmark's own
 * process; whatever is measured runs in a process of its own.
 */
export interface World {
  /** A database with so many topics, made at the first call. */
  at(rows: number): Promise<Place>;
  /** The same database with another table for its snapshot: an empty one, if it is new. */
  withCache(place: Place, cacheTable: string): Promise<Place>;
  /** DynamoDB's address. */
  dynamoDb: string;
  stop(): Promise<void>;
}

export interface Place {
  rows: number;
  /** `postgres://user:password@host:port/database` */
  databaseUrl: string;
  database: string;
  /** The Data API over this database. */
  dataApi: string;
  /** The DynamoDB table of this database's published snapshot. */
  cacheTable: string;
  /** The environment of both functions, as a deployment would set it. */
  environment: Record<string, string>;
}

/** What benchmarks keep between runs: databases that take long to make, and bundles. */
export const benchDir = fileURLToPath(new URL('../.local/bench', import.meta.url));

const aws = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
const nowhere = 'http://127.0.0.1:1';

/**
 * Starts the world, also after a run that was killed.
 *
 * @param dir where the databases are kept; one world at a time can use it
 * @throws Error with one sentence while another run uses the folder
 */
export async function startWorld({
  progress,
  dir = benchDir,
}: {
  progress: (line: string) => void;
  dir?: string;
}): Promise<World> {
  await mkdir(dir, { recursive: true });
  const stops = [await refuseSecondRun(dir)];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  const places = new Map<number, Promise<Place>>();
  try {
    progress('starting PostgreSQL and DynamoDB');
    const postgres = await startKeptPostgres(`${dir}/postgres`);
    stops.push(postgres.stop);
    const databases = await createTopicsDatabases(postgres.url);
    const dynamoDb = await startDynamoDb({ port: await freePort(), tableName: 'unused' });
    stops.push(dynamoDb.stop);

    async function createPlace(rows: number): Promise<Place> {
      progress(`making a database with ${rows.toLocaleString('en')} topics`);
      const database = `bench_${rows}`;
      const databaseUrl = await databases.create(database, rows);
      const dataApi = await createDataApiServer({ ...defaultArns, databaseUrl });
      stops.push(() => dataApi.close());
      const cacheTable = `bench-${rows}`;
      await createCacheTable(dynamoDb.url, cacheTable);
      const environment = {
        ...aws,
        AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
        AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
        AWS_ENDPOINT_URL_SSM: nowhere,
        CACHE_TABLE: cacheTable,
        DB_CLUSTER_ARN: defaultArns.resourceArn,
        DB_SECRET_ARN: defaultArns.secretArn,
        DB_NAME: database,
      };
      return { rows, databaseUrl, database, dataApi: dataApi.url, cacheTable, environment };
    }

    return {
      dynamoDb: dynamoDb.url,
      at(rows) {
        const place = places.get(rows) ?? createPlace(rows);
        places.set(rows, place);
        return place;
      },
      async withCache(place, cacheTable) {
        await createCacheTable(dynamoDb.url, cacheTable);
        return { ...place, cacheTable, environment: { ...place.environment, CACHE_TABLE: cacheTable } };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A folder that this PostgreSQL cannot use, such as an earlier major version's, is made anew. */
async function startKeptPostgres(dataDir: string) {
  await endOrphan(dataDir);
  return startPostgres({ dataDir, port: await freePort() }).catch(async () => {
    await rm(dataDir, { recursive: true, force: true });
    return startPostgres({ dataDir, port: await freePort() });
  });
}

async function createCacheTable(endpoint: string, TableName: string) {
  const credentials = { accessKeyId: aws.AWS_ACCESS_KEY_ID, secretAccessKey: aws.AWS_SECRET_ACCESS_KEY };
  const client = new DynamoDBClient({ endpoint, region: aws.AWS_REGION, credentials });
  await createTable(client, { TableName, ...(await cacheTableProperties()) });
  client.destroy();
}
