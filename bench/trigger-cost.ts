/**
 * What the triggers cost who writes: `npx node bench/trigger-cost.ts`. Medians over rounds in which every
 * variant has its turn, on a PostgreSQL of its own; the ratios are to the same table without triggers.
 */
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { installTriggers } from '../database/trigger.ts';
import { startAwsLambda } from '../local/aws-lambda/start.ts';
import { freePort } from '../local/ports.ts';
import { startPostgres } from '../local/postgres.ts';
import { median } from './figure.ts';
import { times } from './markdown.ts';
import { inTurns } from './turns.ts';

const rounds = 300;
const tables = ['plain', 'announced'];
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench';

const columns =
  'id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text, comment text, dt timestamptz';
const insert = (table: string, rows: number) =>
  `INSERT INTO ${table} (title, comment, dt)
   SELECT 'title', repeat('comment ', 20), now() FROM generate_series(1, ${rows})`;
/** In a transaction that has announced the table already, and writes again. */
const again = (table: string) => `BEGIN; ${insert(table, 1)}; ${`${insert(table, 1)};`.repeat(20)} COMMIT`;

/** An `aws_lambda.invoke` that costs nothing: what is left is the triggers themselves. */
const free = `CREATE OR REPLACE FUNCTION aws_lambda._call(
    function_name text, region text, payload text, invocation_type text, log_type text, context text, qualifier text,
    OUT status_code int, OUT result text, OUT executed_version text, OUT log_result text)
  LANGUAGE sql AS 'SELECT 202, NULL, NULL, NULL'`;

const cases: [string, (table: string) => string][] = [
  ['insert of 1 row', (table) => insert(table, 1)],
  ['insert of 1,000 rows', (table) => insert(table, 1_000)],
  ['transaction of 21 inserts', again],
];

const folder = await mkdtemp(join(tmpdir(), 'offload-bench-'));
await chmod(folder, 0o755);
const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: await freePort() });
const lambdaPort = await freePort();
const lambda = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(202).end());
}).listen(lambdaPort, '127.0.0.1');
await once(lambda, 'listening');
const lambdaUrl = `http://127.0.0.1:${lambdaPort}`;
const awsLambda = await startAwsLambda({ databaseUrl: postgres.url, lambdaUrl });
const client = new Client({ connectionString: postgres.url });
try {
  await client.connect();
  await client.query(`CREATE TABLE plain (${columns}); CREATE TABLE announced (${columns})`);
  await installTriggers(client, { relations: ['announced'], functionArn });
  await measure('with a call of a local Lambda over HTTP, before the commit');
  await client.query(free);
  await measure('with a call that costs nothing: the triggers alone');
} finally {
  await client.end();
  await awsLambda.stop();
  lambda.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(title: string) {
  console.log(`\n${title}`);
  for (const [name, sql] of cases) {
    const write = async (table: string) => {
      const startMs = performance.now();
      await client.query(sql(table));
      return performance.now() - startMs;
    };
    const [plainMs = 0, announcedMs = 0] = [...(await inTurns(rounds, tables, write)).values()].map(median);
    console.log(
      `  ${name.padEnd(26)} ${plainMs.toFixed(2)} ms, announced ${announcedMs.toFixed(2)} ms: ${times(announcedMs, plainMs)}`,
    );
  }
}
