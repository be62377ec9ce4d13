import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { endpointsFile } from '../local/settings.ts';

/** The local DynamoDB accepts any credentials. */
const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** The environment for the DynamoDB of the running local stack. @throws Error if no stack runs */
export async function localEnvironment() {
  const text = await readFile(endpointsFile, 'utf8').catch((cause: unknown) => {
    throw new Error('The local stack is not running: start it with "npm start", or pass --stage.', { cause });
  });
  const { dynamoDb } = z.object({ dynamoDb: z.url() }).parse(JSON.parse(text));
  return { ...localAccount, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb };
}
