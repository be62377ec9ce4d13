import * as z from 'zod';

export interface SmokeDeps {
  /** The base URL of the API, without a last slash. */
  url: string;
  token: string;
  table: { name: string; key: string; relation: string };
  /** The number of concurrent requests that the gateway should throttle; 0: no check. */
  burst: number;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  sleep: (ms: number) => Promise<void>;
  /** For a stage in AWS: the number of alarms, and of those with a topic. */
  alarms?: () => Promise<{ all: number; armed: number }>;
}

/**
 * The result of a check.
 * @throws Error with the fault
 */
type Check = (deps: SmokeDeps) => Promise<string>;

const visibleWithinMs = 10_000;

const Failure = z.object({ code: z.string() });

const Description = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

async function get({ url, fetch }: SmokeDeps, path: string, init?: RequestInit) {
  return fetch(`${url}${path}`, { redirect: 'manual', ...init });
}

async function expectStatus(response: Response, status: number, what: string): Promise<Response> {
  if (response.status === status) return response;
  const text = (await response.text()).slice(0, 200);
  throw new Error(`${what}: expected ${status}, got ${response.status} ${text}`);
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const checks: readonly [name: string, check: Check][] = [
  [
    'list, with the slash and without',
    async (deps) => {
      const path = `/${deps.table.name}`;
      const plain = await expectStatus(await get(deps, path), 200, path);
      const slash = await expectStatus(await get(deps, `${path}/`), 200, `${path}/`);
      const [one, other] = [plain, slash].map(({ headers }) => headers.get('etag'));
      if (one !== other) throw new Error(`the ETags differ: ${one} and ${other}`);
      return `version ${slash.headers.get('snapshot-version')}, ${slash.headers.get('cache-status')}`;
    },
  ],
  [
    'not modified, and compressed',
    async (deps) => {
      const path = `/${deps.table.name}/`;
      const list = await expectStatus(
        await get(deps, path, { headers: { 'accept-encoding': 'gzip' } }),
        200,
        path,
      );
      const etag = list.headers.get('etag') ?? '';
      await list.arrayBuffer();
      const again = { 'if-none-match': etag, 'accept-encoding': 'gzip' };
      await expectStatus(await get(deps, path, { headers: again }), 304, `${path} with If-None-Match`);
      return `304 for ${etag}; content-encoding ${list.headers.get('content-encoding') ?? 'none (a short list)'}`;
    },
  ],
  [
    'a record by its key, decoded once',
    async (deps) => {
      const { name, key } = deps.table;
      const path = `/${name}/?limit=100`;
      const page = await expectStatus(await get(deps, path), 200, path);
      const List = z.object({ [name]: z.array(z.object({ [key]: z.union([z.string(), z.number()]) })) });
      const keys = (List.parse(await page.json())[name] ?? []).map((record) => String(record[key]));
      const telling = keys.find((one) => encodeURIComponent(one) !== one) ?? keys[0];
      if (telling === undefined) return 'not tried: the list is empty';
      const record = `/${name}/${encodeURIComponent(telling)}/`;
      await expectStatus(await get(deps, record), 200, record);
      return record;
    },
  ],
  [
    'an unknown path',
    async (deps) => {
      const response = await expectStatus(
        await get(deps, '/there-is-no-such-table/'),
        404,
        'an unknown path',
      );
      return `404 ${Failure.parse(await response.json()).code}`;
    },
  ],
  [
    'the pages for browsers, and the description',
    async (deps) => {
      const page = await expectStatus(await get(deps, '/', { headers: { accept: 'text/html' } }), 200, '/');
      if (!(await page.text()).includes(`>${deps.table.name}</a>`))
        throw new Error(`the page at / has no link to ${deps.table.name}`);
      const docs = await expectStatus(await get(deps, '/docs/'), 200, '/docs/');
      const files = [...(await docs.text()).matchAll(/(?:src|href)="([^":]+)"/g)].map(
        ([, file = '']) => file,
      );
      const own = files.filter((file) => !file.startsWith('.'));
      if (own.length === 0) throw new Error('the page at /docs/ refers to no files: expected Swagger UI');
      for (const file of own) {
        const found = await expectStatus(await get(deps, `/docs/${file}`), 200, `/docs/${file}`);
        await found.arrayBuffer();
      }
      const answer = await expectStatus(await get(deps, '/openapi.json'), 200, '/openapi.json');
      const { openapi, paths } = Description.parse(await answer.json());
      const path = `/changes/${deps.table.name}/`;
      if (!(path in paths)) throw new Error(`/openapi.json does not describe ${path}`);
      return `/ and /docs/ with ${own.length} files; OpenAPI ${openapi} with ${Object.keys(paths).length} paths`;
    },
  ],
  [
    'refresh is closed without the token',
    async (deps) => {
      for (const path of ['/refresh', '/refresh/'])
        await expectStatus(await get(deps, path, { method: 'POST' }), 401, `POST ${path}`);
      return '401, with the slash and without';
    },
  ],
  [
    'from an event to the list',
    async (deps) => {
      const [schema, table] = deps.table.relation.split('.');
      const init = {
        method: 'POST',
        headers: { ...bearer(deps.token), 'content-type': 'application/json', prefer: 'return=minimal' },
        body: JSON.stringify({ source: 'offload', schema, table, operation: 'UPDATE' }),
      };
      const refreshed = await get(deps, '/refresh/', init);
      if (refreshed.status === 202) return '202: the refresh is recorded, and runs later';
      await expectStatus(refreshed, 204, 'POST /refresh/ with an event');
      const version = Number(refreshed.headers.get('snapshot-version'));
      for (let waitedMs = 0; ; waitedMs += 250) {
        const list = await expectStatus(await get(deps, `/${deps.table.name}/`), 200, 'the list');
        await list.arrayBuffer();
        if (Number(list.headers.get('snapshot-version')) >= version)
          return `version ${version} after ${waitedMs} ms`;
        if (waitedMs >= visibleWithinMs)
          throw new Error(`version ${version} is not in the list after ${waitedMs} ms`);
        await deps.sleep(250);
      }
    },
  ],
  [
    'a page of another origin may read',
    async (deps) => {
      const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET' };
      const path = `/${deps.table.name}/`;
      const list = await expectStatus(await get(deps, path, { headers }), 200, path);
      await list.arrayBuffer();
      const preflight = await get(deps, path, { method: 'OPTIONS', headers });
      const allowed = list.headers.get('access-control-allow-origin');
      if (allowed === null) return 'https://example.com may not read: see corsOrigins';
      if (preflight.status >= 300) throw new Error(`the preflight request gets ${preflight.status}`);
      return `access-control-allow-origin: ${allowed}, preflight ${preflight.status}`;
    },
  ],
  [
    'throttling',
    async (deps) => {
      if (deps.burst === 0) return 'not tried: pass --burst 1000 to send 1,000 requests at once';
      const statuses = await Promise.all(
        Array.from({ length: deps.burst }, async () => {
          const response = await get(deps, `/${deps.table.name}/`, { method: 'HEAD' });
          return response.status;
        }),
      );
      const seen = [...new Set(statuses)].sort();
      const wrong = seen.filter((status) => status !== 200 && status !== 429);
      if (wrong.length > 0) throw new Error(`${deps.burst} requests at once got ${wrong.join(', ')}`);
      return `${deps.burst} requests at once: ${statuses.filter((status) => status === 429).length} got 429`;
    },
  ],
  [
    'alarms are armed',
    async ({ alarms }) => {
      if (alarms === undefined) return 'not tried: pass --stage to read CloudWatch';
      const { all, armed } = await alarms();
      if (all === 0) throw new Error('there are no alarms: check that the stage is deployed');
      if (armed < all) throw new Error(`${all - armed} of ${all} alarms have no action: set alarmTopicArn`);
      return `${all} alarms notify the topic`;
    },
  ],
];

/** @returns whether all checks passed */
export async function smoke(deps: SmokeDeps, write: (line: string) => void): Promise<boolean> {
  let isWell = true;
  for (const [name, check] of checks) {
    try {
      write(`ok      ${name}: ${await check(deps)}`);
    } catch (error) {
      isWell = false;
      write(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return isWell;
}
