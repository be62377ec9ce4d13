/**
 * One screen about a deployed stage, by the AWS credentials in the environment; without --stage about the local stack.
 *
 *     npm run status [-- --stage prod]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { readDeployedStage } from '../../deploy/deployed-stage.ts';
import { createDynamoDb } from '../../lib/aws/dynamodb.ts';
import { addressIn } from '../../lib/aws/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { readTables } from '../../lib/stores/read-manifest.ts';
import { endpointsFile } from '../../local/settings.ts';
import { readAws } from './read-aws.ts';
import { statusLines } from './status-lines.ts';

const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

async function readStores(table: string, environment: Record<string, string | undefined>) {
  const clock = systemClock;
  const dynamoDb = createDynamoDb({ ...addressIn(environment), clock, random: Math.random });
  const at = { dynamoDb, table };
  const pointer = await createDynamoDbPointers(at).read();
  const blobs = createDynamoDbBlobs({ ...at, clock, random: Math.random });
  const neverMade = () => {
    throw new TypeError('reading makes no item');
  };
  return {
    pointer,
    tables: pointer === undefined ? {} : await readTables(blobs, pointer),
    requests: await createDynamoDbRequests({ ...at, newIncarnation: neverMade }).read(),
  };
}

async function localEnvironment() {
  const text = await readFile(endpointsFile, 'utf8').catch((cause: unknown) => {
    throw new Error('The local stack does not run: start it with "npm start", or name a --stage.', { cause });
  });
  const { dynamoDb } = z.object({ dynamoDb: z.url() }).parse(JSON.parse(text));
  return { ...localAccount, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb };
}

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
