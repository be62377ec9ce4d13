import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import * as z from 'zod';

const Topics = z.object({
  topics: z.array(z.object({ id: z.int(), title: z.string(), comment: z.string(), dt: z.string() })),
});

/**
 * Creates the demo database if it does not exist: the tables of a Django app `bbs`, and 1,000 topics.
 * @param maintenanceUrl of the database `postgres`
 * @returns the demo database's URL
 */
export async function createDemoDatabase(maintenanceUrl: string, name: string): Promise<string> {
  await withClient(maintenanceUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  const url = new URL(maintenanceUrl);
  url.pathname = `/${name}`;
  await withClient(url.href, async (client) => {
    const { rows } = await client.query("SELECT to_regclass('public.bbs_topic') AS topics");
    if (rows[0]?.topics !== null) return;
    const [schema, topics] = await Promise.all(['bbs.sql', 'topics-1000.json'].map(seedFile));
    await client.query('BEGIN'); // one transaction: an interrupted start can be repeated
    await client.query(schema ?? '');
    await insertTopics(client, topics ?? '');
    await client.query('COMMIT');
  });
  return url.href;
}

/** @param json `{"topics":[…]}` with ids */
export async function insertTopics(client: Pick<Client, 'query'>, json: string) {
  const { topics } = Topics.parse(JSON.parse(json));
  await client.query(
    `INSERT INTO bbs_topic (id, title, comment, dt)
     SELECT id, title, comment, dt FROM json_populate_recordset(NULL::bbs_topic, $1)`,
    [JSON.stringify(topics)],
  );
  await client.query(
    "SELECT setval(pg_get_serial_sequence('bbs_topic', 'id'), (SELECT max(id) FROM bbs_topic))",
  );
}

export const seedFile = (name: string) => readFile(new URL(`seed/${name}`, import.meta.url), 'utf8');

/** Opens a connection for the duration of a call. */
export async function withClient<T>(
  connectionString: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString });
  client.on('error', () => {}); // the server ended the session: the next statement fails
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * @returns the URL
 * @throws Error with one sentence if the database does not accept connections
 */
export async function refuseUnusable(url: string): Promise<string> {
  const { host, pathname } = new URL(url);
  await withClient(url, (client) => client.query('SELECT')).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot connect to DATABASE_URL (${host}${pathname}): ${reason}.`, { cause });
  });
  return url;
}
