import { randomUUID } from 'node:crypto';
import { readParameters } from '../../deploy/parameters.ts';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { addressIn } from '../../lib/aws/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { parseSettings } from '../../local/settings.ts';
import { run } from './run.ts';

/** What the local DynamoDB takes from anybody. */
const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

function ofLocalStack() {
  const { dynamoDb: port } = parseSettings(process.env).ports;
  const environment = { ...localAccount, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
  return { service: 'offload', environment };
}

/** By params/<stage>.yml and the AWS credentials of the shell. */
async function ofStage(stage: string) {
  const { region, values } = await readParameters({ stage });
  return { service: values['service'] ?? '', environment: { ...process.env, AWS_REGION: region } };
}

async function connect(stage: string | undefined) {
  const { service, environment } = stage === undefined ? ofLocalStack() : await ofStage(stage);
  const clock = systemClock;
  const dynamoDb = createDynamoDb({ ...addressIn(environment), clock, random: Math.random });
  const table = { dynamoDb, table: `${service}-${stage ?? 'local'}-cache` }; // as serverless.resources.yml names it
  return {
    pointers: createDynamoDbPointers(table),
    blobs: createDynamoDbBlobs({ ...table, clock, random: Math.random }),
    nowMs: clock.now,
    newId: randomUUID,
  };
}

const writeError = (line: string) => process.stderr.write(`${line}\n`);
process.exitCode = await run(process.argv.slice(2), {
  connect,
  write: (line) => process.stdout.write(`${line}\n`),
  writeError,
}).catch((error: unknown) => {
  writeError(error instanceof Error ? error.message : String(error));
  return 1;
});
