import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoDatabase } from '../../local/database.ts';
import { freePort } from '../../local/ports.ts';
import { localToken, type Settings } from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';

/** A folder of a test's own, which the user that PostgreSQL runs as may enter. */
export async function createTestFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'offload-stack-'));
  await chmod(dir, 0o755);
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

export async function freePorts(): Promise<Settings['ports']> {
  const [api, lambda, dataApi, dynamoDb, parameters, postgres] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  return { api, lambda, dataApi, dynamoDb, parameters, postgres };
}

/** The URL of a new database with the 1,000 topics, in the run's PostgreSQL. */
export function createTopicsDatabase(name: string) {
  const maintenanceUrl = process.env['TEST_POSTGRES_URL'];
  if (maintenanceUrl === undefined) throw new Error('run this test through "npm test": it needs PostgreSQL');
  return createDemoDatabase(maintenanceUrl, name);
}

/** The whole stack on free ports over a database, and short ways to talk to it. */
export async function startTestStack(databaseUrl: string) {
  const { dir, remove } = await createTestFolder();
  const broken: string[] = [];
  const { endpoints, stop } = await startStack({
    settings: { ports: await freePorts(), databaseUrl },
    dir,
    progress: () => {},
    onBreak: (part) => broken.push(part),
  });
  return {
    ...clientOf(endpoints.api),
    endpoints,
    dir,
    /** Parts that ended by themselves. */
    broken,
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
