import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { withClient } from '../../local/database.ts';

export interface TestDatabase {
  url: string;
  pool: Pool;
  drop(): Promise<void>;
}

/** The major version of the run's PostgreSQL. */
export const postgresVersion = Number(process.env['TEST_POSTGRES_VERSION']);

/**
 * Creates a database in the run's PostgreSQL; test files share nothing.
 * @param maintenanceUrl the database `postgres` of another server
 */
export async function createTestDatabase(
  maintenanceUrl = process.env['TEST_POSTGRES_URL'],
): Promise<TestDatabase> {
  if (maintenanceUrl === undefined) throw new Error('run this test through "npm test": it needs PostgreSQL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(maintenanceUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = maintenanceUrl.replace(/postgres$/, name);
  const pool = new Pool({ connectionString: url });
  pool.on('error', () => {}); // dropping the database may terminate its last sessions
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await withClient(maintenanceUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}
