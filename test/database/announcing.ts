import { Client } from 'pg';
import { installTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { createTestDatabase } from '../support/database.ts';
import { startLambdaEndpoint } from './lambda-endpoint.ts';

export const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:offload-test-refresh';

/** A database with `aws_lambda`, the endpoint that it calls, and a table `note` with the triggers. */
export async function startAnnouncingDatabase() {
  const database = await createTestDatabase();
  const lambda = await startLambdaEndpoint();
  const awsLambda = await startAwsLambda({ databaseUrl: database.url, lambdaUrl: lambda.url });
  await database.pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
  const session = await openSession(database.url);
  await installTriggers(session.client, { relations: ['public.note'], functionArn });
  return {
    ...{ url: database.url, pool: database.pool, lambda, awsLambda, session },
    open: () => openSession(database.url),
    async close() {
      await session.client.end();
      await lambda.close();
      await awsLambda.stop();
      await database.drop();
    },
  };
}
export type AnnouncingDatabase = Awaited<ReturnType<typeof startAnnouncingDatabase>>;

/** A session that records its warnings. */
async function openSession(connectionString: string) {
  const client = new Client({ connectionString });
  const warnings: string[] = [];
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warnings.push(message ?? '');
  });
  await client.connect();
  return { client, warnings };
}
