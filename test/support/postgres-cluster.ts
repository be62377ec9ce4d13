import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { withClient } from '../../local/database.ts';
import { createPart } from '../../local/part.ts';

/**
 * Jest's global set-up: one real PostgreSQL for the whole integration run, in which each test file creates its databases. If
 * TEST_POSTGRES_URL names the database `postgres` of a server, for example of another version, the run uses that server.
 */
export default async function setUp() {
  const url = process.env['TEST_POSTGRES_URL'] ?? (await start());
  process.env['TEST_POSTGRES_URL'] = url;
  const { rows } = await withClient(url, (client) => client.query('SHOW server_version_num'));
  const { server_version_num } = Version.parse(rows[0]);
  process.env['TEST_POSTGRES_VERSION'] = String(Math.floor(server_version_num / 10_000));
}

/** The time limit for the end of the run: after a failed test, open handles may block it. */
export async function tearDown() {
  await stop();
  setTimeout(() => process.exit(), 10_000).unref();
}

const Version = z.object({ server_version_num: z.coerce.number() });

let stop: () => Promise<void> = async () => {};

async function start(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'offload-test-'));
  await chmod(folder, 0o755); // PostgreSQL's user must be able to enter it
  // A separate process, which ends with this one.
  const postgres = createPart({
    module: './postgres.ts',
    start: 'startPostgres',
    options: (before) => ({
      dataDir: join(folder, 'postgres'),
      port: Number(before && new URL(before.url).port) || 0,
    }),
    say: console.error,
    onEnd: () => console.error('PostgreSQL ended unexpectedly; restarting it.'),
    onAgain: () => {},
  });
  stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return (await postgres.start()).url;
}
