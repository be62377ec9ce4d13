import { createDemoDatabase } from './database.ts';
import type { PartContext } from './part.ts';
import { type PostgresOptions, startPostgres } from './postgres.ts';

/** PostgreSQL with the demo database; the part's address is the database's. */
export async function startDemoPostgres(options: PostgresOptions, context: PartContext) {
  const postgres = await startPostgres(options, context);
  try {
    return { url: await createDemoDatabase(postgres.url, 'bbs'), stop: postgres.stop };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
