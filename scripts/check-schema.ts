import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { RDSDataClient, type RDSDataClientConfig } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { systemClock } from '../lib/clock.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { checkTables } from '../lib/source/check-tables.ts';
import type { Dataset } from '../lib/tables/define-table.ts';
import { defaultArns } from '../local/data-api/default-arns.ts';
import { endpointsFile } from '../local/settings.ts';
import { startCommand } from './start-command.ts';

startCommand(`Usage: npm run check:schema [-- --tables FILE]

Compare the files in tables/ with the database: each relation exists, is readable, and has the columns, a unique key, and
a where that compiles and is IMMUTABLE.

--tables FILE   the index of the tables (default tables/index.ts)

Environment: DB_CLUSTER_ARN, DB_SECRET_ARN, DB_NAME and MAX_READ_INTERVAL_MS, as for the functions, and AWS credentials;
AWS_ENDPOINT_URL_RDS_DATA selects another Data API. Without the first three, the command reads the running local stack.
It prints one line per difference. Exit status: 0, or 1 for a difference that is a fault, or if the database cannot be read.`);

/** An auto-paused cluster needs up to 30 s to resume. */
const forMs = 60_000;

const names = ['DB_CLUSTER_ARN', 'DB_SECRET_ARN', 'DB_NAME'] as const;

/** The endpoints file of the running local stack. */
const Endpoints = z.object({ dataApi: z.url(), database: z.url() });

/** The Data API, the cluster and the database to read. */
interface Asked {
  client: RDSDataClientConfig;
  resourceArn: string;
  secretArn: string;
  database: string;
}

try {
  const { values } = parseArgs({ options: { tables: { type: 'string' } } });
  const file =
    values.tables === undefined ? new URL('../tables/index.ts', import.meta.url) : fileUrl(values.tables);
  const { tables }: { tables: Dataset } = await import(file.href);
  const { client, ...cluster } = deployed(process.env) ?? (await local());
  const findings = await checkTables({
    dataApi: createDataApi({
      client: new RDSDataClient({ ...client, maxAttempts: 1 }),
      ...cluster,
      clock: systemClock,
      random: Math.random,
      report: ({ name, reason }) => console.error(`${name}: ${reason}`),
    }),
    tables,
    mayChangeWithTime: Number(process.env['MAX_READ_INTERVAL_MS'] ?? 0) > 0,
    deadlineMs: systemClock.now() + forMs,
  });
  for (const { relation, text } of findings) console.log(`${relation}, ${text}`);
  const faulty = new Set(findings.filter(({ level }) => level === 'fault').map(({ relation }) => relation));
  for (const { relation } of tables) if (!faulty.has(relation)) console.log(`${relation} fits its file.`);
  if (faulty.size > 0) process.exitCode = 1;
} catch (error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  console.error(cause instanceof Error ? `${message} ${cause.message}` : message);
  process.exitCode = 1;
}

function fileUrl(path: string) {
  return pathToFileURL(resolve(path));
}

/** @returns undefined if the environment names no database */
function deployed(environment: Record<string, string | undefined>): Asked | undefined {
  const [resourceArn = '', secretArn = '', database = ''] = names.map((name) => environment[name]);
  const missing = names.filter((name) => (environment[name] ?? '') === '');
  if (missing.length === names.length) return undefined;
  if (missing.length > 0)
    throw new Error(
      `The environment is not complete: ${missing.join(', ')} is missing. Set all of ${names.join(', ')}, or none.`,
    );
  return { client: {}, resourceArn, secretArn, database };
}

async function local(): Promise<Asked> {
  const text = await readFile(endpointsFile, 'utf8').catch((cause: unknown) => {
    throw new Error(`Set ${names.join(', ')}, or start the local stack with "npm start".`, { cause });
  });
  const { dataApi, database } = Endpoints.parse(JSON.parse(text));
  return {
    client: {
      endpoint: dataApi,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    ...defaultArns,
    database: decodeURIComponent(new URL(database).pathname.slice(1)),
  };
}
