import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoDatabase } from '../../local/database.ts';
import { localToken, type Settings } from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';
import { testTables } from './tables/test-tables.ts';

/** A temporary folder that PostgreSQL's user can enter. */
export async function createTestFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'offload-stack-'));
  await chmod(dir, 0o755);
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Settings with a free port for each part. */
export const anyPorts: Settings['ports'] = {
  ...{ api: 0, lambda: 0, dataApi: 0, dynamoDb: 0, parameters: 0, postgres: 0 },
};

/** The URL of a new database with the 1,000 topics, in the run's PostgreSQL. */
export function createTopicsDatabase(name: string) {
  const maintenanceUrl = process.env['TEST_POSTGRES_URL'];
  if (maintenanceUrl === undefined) throw new Error('run this test through "npm test": it needs PostgreSQL');
  return createDemoDatabase(maintenanceUrl, name);
}

/** The whole stack on free ports with a database, and helpers for requests. */
export async function startTestStack(
  databaseUrl: string,
  { tables = testTables, ...settings }: Partial<Omit<Settings, 'ports' | 'databaseUrl'>> = {},
) {
  const { dir, remove } = await createTestFolder();
  const broken: string[] = [];
  const said: string[] = [];
  const { endpoints, stop } = await startStack({
    settings: { ports: anyPorts, databaseUrl, retryDelaysMs: [100, 200], pollMs: 0, tables, ...settings },
    dir,
    progress: () => {},
    onBreak: (part) => broken.push(part),
    say: (text) => said.push(text),
  });
  return {
    ...clientOf(endpoints.api),
    endpoints,
    dir,
    /** The parts that ended unexpectedly. */
    broken,
    /** The messages to the user. */
    said,
    log: () => readFile(`${dir}/functions.log`, 'utf8'),
    async stop() {
      await stop();
      await remove();
    },
  };
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

export function clientOf(api: string) {
  const authorization = `Bearer ${localToken}`;
  const request = (
    path: string,
    { headers, ...init }: RequestInit & { headers?: Record<string, string> } = {},
  ) => fetch(`${api}${path}`, { ...init, headers: { 'accept-encoding': 'identity', ...headers } });
  return {
    request,
    /** Sends a refresh with the token. */
    refresh: (init: Init = {}) =>
      request('/refresh/', { method: 'POST', ...init, headers: { authorization, ...init.headers } }),
    /** The current list, revalidated with `no-cache`. */
    async topics(path = '/topics/') {
      const response = await request(path, { headers: { 'cache-control': 'no-cache' } });
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      return response.text();
    },
  };
}
