import { parseArgs } from 'node:util';
import { type Client, DatabaseError } from 'pg';
import { withClient } from '../local/database.ts';
import { startCommand } from '../scripts/start-command.ts';
import { tables } from '../tables/index.ts';
import { installTriggers, removeTriggers } from './trigger.ts';

const usage = `Usage: npm run trigger:install -- --database-url postgres://… --function-arn arn:… [--table public.bbs_topic …]
         Install the change trigger. --table can be repeated; default: every served table, and the tables behind its views.
       npm run trigger:remove -- --database-url postgres://… [--table public.bbs_topic …]
         Remove the change trigger. Default: from every table, with the schema offload.`;

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      'database-url': { type: 'string' },
      table: { type: 'string', multiple: true },
      'function-arn': { type: 'string' },
    },
  });
  const [command] = positionals;
  const { 'database-url': databaseUrl, table, 'function-arn': functionArn } = values;
  if (databaseUrl === undefined) throw new Error(usage);
  if (command === 'install' && functionArn !== undefined) {
    const relations = table ?? [...new Set(tables.flatMap(({ changedBy }) => changedBy))];
    await withWarnings(databaseUrl, (client) => installTriggers(client, { relations, functionArn }));
    console.log(`Installed the trigger on ${relations.join(', ')}.`);
  } else if (command === 'remove') {
    await withWarnings(databaseUrl, (client) =>
      removeTriggers(client, table === undefined ? {} : { relations: table }),
    );
    console.log(`Removed the trigger from ${table?.join(', ') ?? 'every table'}.`);
  } else throw new Error(usage);
}

/** Prints PostgreSQL's warnings. */
const withWarnings = (connectionString: string, use: (client: Client) => Promise<void>) =>
  withClient(connectionString, (client) => {
    client.on('notice', ({ severity, message, hint }) => {
      if (severity === 'WARNING') console.error(withHint(message, hint));
    });
    return use(client);
  });

const withHint = (message = '', hint?: string) => (hint === undefined ? message : `${message}\n${hint}`);

startCommand(usage);
await main().catch((error: unknown) => {
  console.error(
    error instanceof DatabaseError
      ? withHint(error.message, error.hint)
      : error instanceof Error
        ? error.message
        : String(error),
  );
  process.exitCode = 1;
});
