import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf } from '../../local/command-of.ts';
import { withClient } from '../../local/database.ts';
import { createPart } from '../../local/part.ts';
import { until } from '../support/until.ts';

/**
 * A PostgreSQL server of a test's own, which may crash: it commits without waiting for the disk, as far as a session does not
 * say otherwise. It writes to the disk seldom, so that a crash loses much.
 */
export async function startPostgresServer() {
  const folder = await mkdtemp(join(tmpdir(), 'offload-crashes-'));
  await chmod(folder, 0o755); // the user that PostgreSQL runs as must be able to enter it
  const dataDir = join(folder, 'postgres');
  let again = Promise.withResolvers<void>();
  // In a process of its own, which ends with this one however it ends, and starts the server again where it was.
  const server = createPart({
    module: './postgres.ts',
    start: 'startPostgres',
    options: (before) => ({ dataDir, port: Number(before && new URL(before.url).port) || 0 }),
    say: console.error,
    onEnd: () => {},
    onAgain: () => again.resolve(),
  });
  const { url } = await server.start();
  await withClient(url, async (client) => {
    await client.query("ALTER SYSTEM SET wal_writer_delay = '10s'");
    await client.query("ALTER SYSTEM SET wal_writer_flush_after = '1GB'");
    await client.query('SELECT pg_reload_conf()');
  });
  return {
    url,
    /** An immediate stop, and a start in the same folder on the same port, which recovers what had reached the disk. */
    async crash() {
      again = Promise.withResolvers();
      const pid = Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
      if (!(await commandOf(pid)).includes(dataDir)) throw new Error(`process ${pid} is not PostgreSQL`);
      process.kill(pid, 'SIGQUIT');
      await again.promise;
      const answers = () =>
        withClient(url, (client) => client.query('SELECT 1')).then(
          () => true,
          () => false, // it recovers
        );
      await until('PostgreSQL answers after its crash', answers);
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
export type PostgresServer = Awaited<ReturnType<typeof startPostgresServer>>;
