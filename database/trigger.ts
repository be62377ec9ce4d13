import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

type Connection = Pick<Client, 'query'>;

/**
 * Puts the triggers on a table, or puts them anew. Gives up after five seconds where others hold the table: whoever
 * waits for it makes all that come after wait too.
 */
export async function installTrigger(
  client: Connection,
  { table, functionArn, region }: { table: string; functionArn: string; region?: string | undefined },
) {
  const functions = await readFile(new URL('offload.sql', import.meta.url), 'utf8');
  await inTransaction(client, async () => {
    await client.query(functions);
    await client.query('SELECT offload.install($1::regclass, $2, $3)', [table, functionArn, region ?? null]);
  });
}

/** Takes the triggers off a table and, where they were the last ones, all that they needed. */
export async function removeTrigger(client: Connection, { table }: { table: string }) {
  await inTransaction(client, async () => {
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = 'offload'");
    if (rowCount === 0) return;
    await client.query('SELECT offload.uninstall($1::regclass)', [table]);
    const left = await client.query("SELECT FROM pg_trigger WHERE tgfoid = 'offload.announce'::regproc");
    if (left.rowCount === 0) await client.query('DROP SCHEMA offload CASCADE');
  });
}

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
