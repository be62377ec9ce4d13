import { readFile } from 'node:fs/promises';
import { withClient } from '../database.ts';
import { startBridge } from './bridge.ts';

/**
 * Creates the schemas `aws_commons` and `aws_lambda` of Aurora in a database. Their calls go to the Lambda at `lambdaUrl`;
 * after `stop` they fail at once.
 */
export async function startAwsLambda({ databaseUrl, lambdaUrl }: { databaseUrl: string; lambdaUrl: string }) {
  const bridge = await startBridge({ lambdaUrl });
  /** Can be repeated, because another stack may have replaced the schemas since. */
  const attach = () => install(databaseUrl, bridge.port);
  try {
    await attach();
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  return { url: `postgres://127.0.0.1:${bridge.port}`, attach, stop: bridge.stop };
}

const install = (databaseUrl: string, port: number) =>
  withClient(databaseUrl, async (client) => {
    // libpq's shortest connect_timeout, 2 s, bounds the wait for a bridge that accepts and does not answer.
    const address = `host=127.0.0.1 port=${port} user=any dbname=any sslmode=disable gssencmode=disable connect_timeout=2`;
    await client.query(`
      BEGIN;
      CREATE SCHEMA IF NOT EXISTS aws_lambda;
      CREATE OR REPLACE FUNCTION aws_lambda._bridge() RETURNS text
      LANGUAGE sql AS $$ SELECT ${client.escapeLiteral(address)} $$`);
    await client.query(await readFile(new URL('aws-lambda.sql', import.meta.url), 'utf8'));
    await client.query('COMMIT');
  });
