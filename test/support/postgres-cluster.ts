import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';
import { startPostgres } from '../../local/postgres.ts';

/** Jest's global set-up: one real PostgreSQL for the whole integration run, each test file making databases in it. */
export default async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'offload-test-'));
  await chmod(folder, 0o755); // the user that PostgreSQL runs as must be able to enter it
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: await freePort() });
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

export async function tearDown() {
  await stop();
}

let stop: () => Promise<void> = async () => {};
