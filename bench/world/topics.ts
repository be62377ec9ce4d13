import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import * as z from 'zod';
import { insertTopics, seedFile, withClient } from '../../local/database.ts';

const Seed = z.object({ topics: z.array(z.unknown()) });

/**
 * Databases with a number of topics each. A complete one is kept as a template that nobody can connect to,
 * under the hash of what it is made from, so what an earlier run did, or did not finish, is in no copy of it.
 *
 * @param maintenanceUrl of the database `postgres`
 */
export async function createTopicsDatabases(maintenanceUrl: string) {
  const [schema = '', seed = ''] = await Promise.all(['bbs.sql', 'topics-1000.json'].map(seedFile));
  const { topics } = Seed.parse(JSON.parse(seed));

  return {
    /** Makes the database anew. @returns its URL */
    async create(name: string, rows: number): Promise<string> {
      if (rows > topics.length && rows % topics.length !== 0)
        throw new RangeError(`${rows} is more than ${topics.length} topics, and no multiple of them`);
      const hash = createHash('sha256').update(`${rows}\n${schema}\n${seed}`).digest('hex').slice(0, 12);
      const template = `topics_${rows}_${hash}`;
      return withClient(maintenanceUrl, async (client) => {
        const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
        if (rowCount === 0) await createTemplate(client, template, rows);
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
        return urlOf(name);
      });
    },
  };

  async function createTemplate(client: Client, template: string, rows: number) {
    const unfinished = `unfinished_${rows}`;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
    await withClient(urlOf(unfinished), (database) => fill(database, rows));
    await client.query(`ALTER DATABASE ${unfinished} ALLOW_CONNECTIONS false`);
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
  }

  async function fill(database: Client, rows: number) {
    await database.query(schema);
    await insertTopics(database, JSON.stringify({ topics: topics.slice(0, rows) }));
    await database.query(
      `INSERT INTO bbs_topic (id, title, comment, dt)
       SELECT id + $1 * n, title, comment, dt FROM bbs_topic, generate_series(1, $2::int - 1) AS n`,
      [topics.length, Math.ceil(rows / topics.length)],
    );
    await database.query(
      "SELECT setval(pg_get_serial_sequence('bbs_topic', 'id'), (SELECT max(id) FROM bbs_topic))",
    );
    await database.query('VACUUM (FREEZE, ANALYZE) bbs_topic');
    const { rows: counted } = await database.query('SELECT count(*)::int AS topics FROM bbs_topic');
    if (counted[0]?.topics !== rows) throw new Error(`${counted[0]?.topics} topics were made, not ${rows}`);
  }

  function urlOf(name: string) {
    const url = new URL(maintenanceUrl);
    url.pathname = `/${name}`;
    return url.href;
  }
}
