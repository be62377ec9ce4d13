import { randomUUID } from 'node:crypto';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { addressIn } from '../../lib/aws/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { parseSettings } from '../../local/settings.ts';
import { run } from './run.ts';

/** The table of a stage, named by serverless.resources.yml: <service>-<stage>-cache. */
const tableOf = (stage: string) => `${process.env['SERVICE'] ?? 'offload'}-${stage}-cache`;

/** Credentials that the local DynamoDB accepts. */
const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

async function connect(stage: string | undefined) {
  const { dynamoDb: port } = parseSettings(process.env).ports;
  const environment =
    stage === undefined
      ? { ...localAccount, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` }
      : process.env;
  const clock = systemClock;
  const dynamoDb = createDynamoDb({ ...addressIn(environment), clock, random: Math.random });
  const table = { dynamoDb, table: tableOf(stage ?? 'local') };
  return {
    pointers: createDynamoDbPointers(table),
    blobs: createDynamoDbBlobs({ ...table, clock, random: Math.random }),
    nowMs: clock.now,
    newId: randomUUID,
  };
}

process.exitCode = await run(process.argv.slice(2), {
  connect,
  write: (line) => process.stdout.write(`${line}\n`),
  writeError: (line) => process.stderr.write(`${line}\n`),
});
