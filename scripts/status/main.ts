import { parseArgs } from 'node:util';
import { readDeployedStage } from '../../deploy/deployed-stage.ts';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { addressIn } from '../../lib/aws/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { readTables } from '../../lib/stores/read-manifest.ts';
import { localEnvironment } from '../local-environment.ts';
import { startCommand } from '../start-command.ts';
import { readAws } from './read-aws.ts';
import { statusLines } from './status-lines.ts';

async function readStores(table: string, environment: Record<string, string | undefined>) {
  const clock = systemClock;
  const dynamoDb = createDynamoDb({ ...addressIn(environment), clock, random: Math.random });
  const at = { dynamoDb, table };
  const pointer = await createDynamoDbPointers(at).read();
  const blobs = createDynamoDbBlobs({ ...at, clock, random: Math.random });
  const neverMade = () => {
    throw new TypeError('read() must not create an item');
  };
  return {
    pointer,
    tables: pointer === undefined ? {} : await readTables(blobs, pointer),
    requests: await createDynamoDbRequests({ ...at, newIncarnation: neverMade }).read(),
  };
}

startCommand(`Usage: npm run status [-- --stage STAGE]

Print the published version, ages, lag, pending transactions, failures and alarms of a deployed stage, with the AWS
credentials in the environment. Default: the local stack.`);

try {
  const { values } = parseArgs({ options: { stage: { type: 'string' } } });
  const nowMs = systemClock.now();
  const lines =
    values.stage === undefined
      ? statusLines({
          title: 'local stack',
          nowMs,
          ...(await readStores('offload-local-cache', await localEnvironment())),
        })
      : await ofStage(values.stage, nowMs);
  for (const line of lines) console.log(line);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function ofStage(stage: string, nowMs: number) {
  const deployed = await readDeployedStage(stage);
  const { service, region, apiUrl } = deployed;
  const stores = await readStores(`${service}-${stage}-cache`, { ...process.env, AWS_REGION: region });
  const aws = await readAws(deployed, nowMs);
  return statusLines({ title: `${service} ${stage} in ${region}: ${apiUrl}`, nowMs, ...stores, aws });
}
