import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { endpointsFile } from '../local/settings.ts';

/** What the local DynamoDB takes from anybody. */
const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** How to reach the DynamoDB of the running local stack. @throws Error where none runs */
export async function localEnvironment() {
  const text = await readFile(endpointsFile, 'utf8').catch((cause: unknown) => {
    throw new Error('The local stack does not run: start it with "npm start", or name a --stage.', { cause });
  });
  const { dynamoDb } = z.object({ dynamoDb: z.url() }).parse(JSON.parse(text));
  return { ...localAccount, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb };
}
