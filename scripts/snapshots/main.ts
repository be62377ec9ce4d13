import { randomUUID } from 'node:crypto';
import { readParameters } from '../../deploy/parameters.ts';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { addressIn } from '../../lib/aws/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { localEnvironment } from '../local-environment.ts';
import { startCommand } from '../start-command.ts';
import { usage } from './command.ts';
import { run } from './run.ts';

/** The environment of a stage's DynamoDB, and the table's name, which serverless.resources.yml sets. */
async function placeOf(stage: string | undefined) {
  if (stage === undefined) return { environment: await localEnvironment(), table: 'offload-local-cache' };
  const { region, values } = await readParameters({ stage });
  return {
    environment: { ...process.env, AWS_REGION: region },
    table: `${values['service']}-${stage}-cache`,
  };
}

async function connect(stage: string | undefined) {
  const { environment, table } = await placeOf(stage);
  const clock = systemClock;
  const dynamoDb = createDynamoDb({ ...addressIn(environment), clock, random: Math.random });
  return {
    pointers: createDynamoDbPointers({ dynamoDb, table }),
    blobs: createDynamoDbBlobs({ dynamoDb, table, clock, random: Math.random }),
    nowMs: clock.now,
    newId: randomUUID,
  };
}

startCommand(usage);
process.exitCode = await run(process.argv.slice(2), {
  connect,
  write: (line) => process.stdout.write(`${line}\n`),
  writeError: (line) => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
