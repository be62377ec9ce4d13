import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client } from 'pg';
import * as z from 'zod';
import { createDataApiServer } from '../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../local/data-api/default-arns.ts';
import { insertTopics, seedFile, withClient } from '../local/database.ts';
import { cacheTableProperties, createTable, startDynamoDb } from '../local/dynamodb.ts';
import { startPostgres } from '../local/postgres.ts';
import { benchDir, projectDir } from './build.ts';
import { type Meter, startMeter } from './meter.ts';
import type { Environment } from './process.ts';

/** A database with `bbs_topic`, and its Data API. */
export interface Database {
  rows: number;
  url: string;
  /** The environment of a function that reads the database without the shared stores. */
  environment: Environment;
}

/** The stand-ins for AWS and the database, on 127.0.0.1, in the benchmark's process. Measured code runs in other processes. */
export interface World {
  /** A database with this many topics; the first call creates it anew. */
  database(name: string, rows: number): Promise<Database>;
  /** The environment of functions with an empty cache table. @param root the source tree that defines the table */
  cached(database: Database, options?: { root?: string; metered?: boolean }): Promise<Environment>;
  /** A connection for writes, open until the world stops. */
  writer(database: Database): Promise<Client>;
  /** Counts the calls of functions with a `metered` environment. */
  meter: Meter;
  stop(): Promise<void>;
}

const aws = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** @throws Error with one sentence if another run uses the folder */
export async function startWorld(progress: (line: string) => void): Promise<World> {
  await mkdir(benchDir, { recursive: true });
  const stops: (() => Promise<unknown>)[] = [await claimFolder()];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  try {
    const postgres = await startPostgres({ dataDir: join(benchDir, 'postgres'), port: 0 });
    stops.push(postgres.stop);
    const dynamoDb = await startDynamoDb({ port: 0, tableName: 'unused' });
    stops.push(dynamoDb.stop);
    const meter = await startMeter(dynamoDb.url);
    stops.push(meter.stop);
    const made = new Map<string, Promise<Database>>();
    let tables = 0;

    async function make(name: string, rows: number): Promise<Database> {
      progress(`makes a database with ${rows.toLocaleString('en')} topics`);
      const url = await copyDatabase(postgres.url, name, rows);
      const server = await createDataApiServer({ ...defaultArns, databaseUrl: url });
      stops.push(() => server.close());
      const environment = {
        ...aws,
        ...{ AWS_ENDPOINT_URL_RDS_DATA: server.url, AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' },
        ...{ DB_CLUSTER_ARN: defaultArns.resourceArn, DB_SECRET_ARN: defaultArns.secretArn, DB_NAME: name },
      };
      return { rows, url, environment };
    }

    return {
      meter,
      stop,
      database(name, rows) {
        const database = made.get(name) ?? make(name, rows);
        made.set(name, database);
        return database;
      },
      async writer({ url }) {
        const client = new Client({ connectionString: url });
        await client.connect();
        stops.push(() => client.end());
        return client;
      },
      async cached({ environment }, { root = projectDir, metered = false } = {}) {
        tables += 1;
        const CACHE_TABLE = `bench-${tables}`;
        await createCacheTable(dynamoDb.url, CACHE_TABLE, root);
        const url = metered ? meter.url : dynamoDb.url;
        return { ...environment, AWS_ENDPOINT_URL_DYNAMODB: url, CACHE_TABLE };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Locks the folder: two runs would stop each other's PostgreSQL. @returns a function that releases the lock */
async function claimFolder(): Promise<() => Promise<void>> {
  const file = join(benchDir, 'running');
  await writeFile(file, `${process.pid}\n`, { flag: 'wx' }).catch((cause: unknown) => {
    throw new Error(`Another benchmark is running: wait for its end. If none is, remove ${file}.`, { cause });
  });
  return () => rm(file, { force: true });
}

const Seed = z.object({ topics: z.array(z.unknown()) });

/**
 * Creates a database from a template that accepts no connections, so that no earlier run has changed it. The template's name
 * contains the hash of its sources.
 */
async function copyDatabase(maintenanceUrl: string, name: string, rows: number): Promise<string> {
  const [schema = '', seed = ''] = await Promise.all(['bbs.sql', 'topics-1000.json'].map(seedFile));
  const hash = createHash('sha256').update(`${rows}\n${schema}\n${seed}`).digest('hex').slice(0, 12);
  const [template, unfinished] = [`topics_${rows}_${hash}`, `unfinished_${rows}`];
  const urlOf = (database: string) =>
    Object.assign(new URL(maintenanceUrl), { pathname: `/${database}` }).href;
  await withClient(maintenanceUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) {
      await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
      await withClient(urlOf(unfinished), (database) => fill(database, { rows, schema, seed }));
      await client.query(`ALTER DATABASE ${unfinished} ALLOW_CONNECTIONS false`);
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
    }
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  });
  return urlOf(name);
}

async function fill(client: Client, { rows, schema, seed }: { rows: number; schema: string; seed: string }) {
  const { topics } = Seed.parse(JSON.parse(seed));
  await client.query(schema);
  await insertTopics(client, JSON.stringify({ topics: topics.slice(0, rows) }));
  await client.query(
    `INSERT INTO bbs_topic (id, title, comment, dt)
     SELECT id + $1 * n, title, comment, dt FROM bbs_topic, generate_series(1, $2::int - 1) AS n`,
    [topics.length, Math.ceil(rows / topics.length)],
  );
  await client.query('VACUUM (FREEZE, ANALYZE) bbs_topic');
}

async function createCacheTable(endpoint: string, TableName: string, root: string) {
  const properties = await cacheTableProperties(join(root, 'serverless.resources.yml'));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: aws.AWS_REGION, credentials });
  await createTable(client, { TableName, ...properties });
  client.destroy();
}
