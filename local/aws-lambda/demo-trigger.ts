import { Client } from 'pg';
import { installTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from './start.ts';

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:offload-local-refresh';

/** The demo database as a deployed one would be: with `aws_lambda`, and the triggers on the topics. */
export async function startDemoTrigger({
  databaseUrl,
  lambdaUrl,
}: {
  databaseUrl: string;
  lambdaUrl: string;
}) {
  const awsLambda = await startAwsLambda({ databaseUrl, lambdaUrl });
  const client = new Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    await installTriggers(client, { relations: ['public.bbs_topic'], functionArn });
  } catch (error) {
    await awsLambda.stop();
    throw error;
  } finally {
    await client.end();
  }
  return awsLambda;
}
