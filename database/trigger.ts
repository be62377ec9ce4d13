import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

type Connection = Pick<Client, 'query'>;

/**
 * Puts the triggers on tables, or puts them anew, and has all of them call one function. Gives up after five seconds where
 * others hold a table: whoever waits for it makes all that come after wait too.
 */
export async function installTriggers(
  client: Connection,
  { relations, functionArn }: { relations: readonly string[]; functionArn: string },
) {
  await inTransaction(client, async () => {
    await client.query(await readFunctions());
    for (const relation of relations)
      await client.query('SELECT offload.install($1::regclass, $2)', [relation, functionArn]);
  });
}

/** Takes the triggers off tables; without `relations` off every table, with all that they needed. */
export async function removeTriggers(
  client: Connection,
  { relations }: { relations?: readonly string[] } = {},
) {
  await inTransaction(client, async () => {
    if (relations === undefined) {
      await client.query('DROP SCHEMA IF EXISTS offload CASCADE');
      return;
    }
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = 'offload'");
    if (rowCount === 0) return;
    await client.query(await readFunctions()); // which refuses functions of others
    for (const relation of relations)
      await client.query('SELECT offload.uninstall($1::regclass)', [relation]);
  });
}

const readFunctions = () => readFile(new URL('offload.sql', import.meta.url), 'utf8');

async function inTransaction(client: Connection, work: () => Promise<void>) {
  await client.query("BEGIN; SET LOCAL lock_timeout = '5s'");
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
