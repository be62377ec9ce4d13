import * as z from 'zod';
import { installTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from '../aws-lambda/start.ts';
import { withClient } from '../database.ts';
import type { Follow } from './start-follow.ts';

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:offload-local-refresh';

/** Sets up a database like a deployed one: with `aws_lambda`, and the triggers on the tables of `relations`. */
export async function followByTrigger({
  databaseUrl,
  lambdaUrl,
}: {
  databaseUrl: string;
  lambdaUrl: string;
}): Promise<Follow> {
  const { url, stop } = await startAwsLambda({ databaseUrl, lambdaUrl });
  return {
    url,
    stop,
    follow: (relations) =>
      withClient(databaseUrl, async (client) => {
        // Excludes views, which cannot have the triggers, and missing tables. A table that is created later gets its triggers at
        // the next start, or at the next change of `tables/`.
        const { rows } = await client.query(
          `SELECT name FROM unnest($1::text[]) AS name JOIN pg_class ON oid = to_regclass(name)
           WHERE relkind IN ('r', 'p')`,
          [relations],
        );
        const existing = z.array(z.object({ name: z.string() })).parse(rows);
        await installTriggers(client, { relations: existing.map(({ name }) => name), functionArn });
      }),
  };
}
