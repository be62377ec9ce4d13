/** `npm run trigger:install`, `npm run trigger:remove`. */
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { installTrigger, removeTrigger } from './trigger.ts';

const usage = `npm run trigger:install -- --database-url postgres://… --table public.bbs_topic --function-arn arn:… [--region …]
npm run trigger:remove -- --database-url postgres://… --table public.bbs_topic`;

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      'database-url': { type: 'string' },
      table: { type: 'string' },
      'function-arn': { type: 'string' },
      region: { type: 'string' },
    },
  });
  const [command] = positionals;
  const { 'database-url': databaseUrl, table, 'function-arn': functionArn, region } = values;
  if (databaseUrl === undefined || table === undefined) throw new Error(usage);
  if (command === 'install' && functionArn !== undefined)
    await withClient(databaseUrl, (client) => installTrigger(client, { table, functionArn, region }));
  else if (command === 'remove') await withClient(databaseUrl, (client) => removeTrigger(client, { table }));
  else throw new Error(usage);
  console.log(
    command === 'install' ? `Changes of ${table} are announced.` : `${table} has no triggers of offload.`,
  );
}

async function withClient(connectionString: string, use: (client: Client) => Promise<void>) {
  const client = new Client({ connectionString });
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') console.error(message);
  });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
