import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoDatabase } from '../../local/database.ts';
import { localToken, type Settings } from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';
import { testTables } from './tables/test-tables.ts';

/** A folder of a test's own, which the user that PostgreSQL runs as may enter. */
export async function createTestFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'offload-stack-'));
  await chmod(dir, 0o755);
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Each part takes a port that is free. */
export const anyPorts: Settings['ports'] = {
  ...{ api: 0, lambda: 0, dataApi: 0, dynamoDb: 0, parameters: 0, postgres: 0 },
};

/** The URL of a new database with the 1,000 topics, in the run's PostgreSQL. */
export function createTopicsDatabase(name: string) {
  const maintenanceUrl = process.env['TEST_POSTGRES_URL'];
  if (maintenanceUrl === undefined) throw new Error('run this test through "npm test": it needs PostgreSQL');
  return createDemoDatabase(maintenanceUrl, name);
}

/** The whole stack on free ports over a database, and short ways to talk to it. */
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
    /** Parts that ended by themselves. */
    broken,
    /** What the user was told. */
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
    /** With the token. */
    refresh: (init: Init = {}) =>
      request('/refresh/', { method: 'POST', ...init, headers: { authorization, ...init.headers } }),
    /** The list as it is published now, whatever the function has in memory. */
    async topics(path = '/topics/') {
      const response = await request(path, { headers: { 'cache-control': 'no-cache' } });
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      return response.text();
    },
  };
}
