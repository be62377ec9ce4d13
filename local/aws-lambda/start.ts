import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { startBridge } from './bridge.ts';

/**
 * Gives a database the schemas `aws_commons` and `aws_lambda`, like Aurora's, whose calls go to the Lambda at
 * `lambdaUrl` while this runs. Afterwards they fail at once.
 */
export async function startAwsLambda({ databaseUrl, lambdaUrl }: { databaseUrl: string; lambdaUrl: string }) {
  const bridge = await startBridge({ lambdaUrl });
  /** Repeated, because another stack may have started for the same database since. */
  const attach = () => install(databaseUrl, bridge.port);
  try {
    await attach();
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  return { url: `postgres://127.0.0.1:${bridge.port}`, attach, stop: bridge.stop };
}

async function install(databaseUrl: string, port: number) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // A bridge that accepts and does not answer is given up after two seconds, libpq's minimum.
    const address = `host=127.0.0.1 port=${port} user=any dbname=any sslmode=disable gssencmode=disable connect_timeout=2`;
    await client.query(`
      BEGIN;
      CREATE SCHEMA IF NOT EXISTS aws_lambda;
      CREATE OR REPLACE FUNCTION aws_lambda._bridge() RETURNS text
      LANGUAGE sql AS $$ SELECT ${client.escapeLiteral(address)} $$`);
    await client.query(await readFile(new URL('aws-lambda.sql', import.meta.url), 'utf8'));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
