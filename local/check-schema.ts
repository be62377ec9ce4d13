/**
 * Says whether the database's table fits its schema in tables/topics.ts, before a deploy that would find out:
 *
 *     npm run check:schema
 *
 * It reads the functions' own environment (DB_CLUSTER_ARN, DB_SECRET_ARN, DB_NAME, DB_TABLE) and asks through the Data
 * API, with the AWS credentials of the shell; AWS_ENDPOINT_URL_RDS_DATA leads it to a local one.
 * It prints one line for each difference, and ends with 1 if there is any, or if it could not ask.
 */
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { systemClock } from '../lib/clock.ts';
import { parseConfig } from '../lib/config.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { compareTable } from '../lib/source/drift.ts';
import { topics } from '../tables/topics.ts';

/** An auto-paused cluster needs up to half a minute to wake up. */
const forMs = 60_000;

try {
  // Where the cache is does not matter here.
  const { database } = parseConfig({ ...process.env, CACHE: 'container' });
  const dataApi = createDataApi({
    client: new RDSDataClient({ maxAttempts: 1 }),
    resourceArn: database.clusterArn,
    secretArn: database.secretArn,
    database: database.name,
    clock: systemClock,
    random: Math.random,
    report: ({ name, reason }) => console.error(`${name}: ${reason}`),
  });
  const relation = database.table;
  const deadlineMs = systemClock.now() + forMs;
  const { differences, unknown } = await compareTable({ dataApi, table: topics, relation, deadlineMs });
  for (const { column, expected, found } of differences)
    console.log(`${relation}, column ${column}: expected ${expected}, found ${found}`);
  for (const column of unknown) console.log(`${relation}, column ${column}: not in the schema, and left out`);
  if (differences.length > 0) process.exitCode = 1;
  else console.log(`${relation} fits its schema.`);
} catch (error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  console.error(cause instanceof Error ? `${message} ${cause.message}` : message);
  process.exitCode = 1;
}
