import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

type Connection = Pick<Client, 'query'>;

/**
 * Installs or reinstalls the triggers on tables, and sets the one function that all of them call. Fails if another
 * session locks a table for 5 s, because later sessions queue behind the waiting installation.
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

/** Removes the triggers from tables; without `relations`, drops the schema `offload` with all triggers. */
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
    await client.query(await readFunctions()); // it rejects functions of other owners
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
