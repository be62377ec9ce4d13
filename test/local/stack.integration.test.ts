import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import change from '../../events/change.json' with { type: 'json' };
import { insertTopics, seedFile } from '../../local/database.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';

let stack: Awaited<ReturnType<typeof startTestStack>>;
let client: Client;
let whole: string;
let catalogueBefore: string;

beforeAll(async () => {
  const url = await createTopicsDatabase('stack_http');
  client = new Client({ connectionString: url });
  await client.connect();
  catalogueBefore = await catalogue();
  stack = await startTestStack(url);
  whole = (await seedFile('topics-1000.json')).trimEnd();
}, 90_000);

afterAll(async () => {
  await client.end();
  await stack.stop();
});

/** Everything that a start could create in a database. */
async function catalogue() {
  const { rows } = await client.query(`
    SELECT n.nspname, c.relname, c.relkind, c.relacl::text, a.attname, a.atttypid::regtype::text, a.attnotnull
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid
    UNION ALL SELECT 'trigger', tgname, NULL, tgrelid::text, NULL, NULL, NULL FROM pg_trigger
    UNION ALL SELECT 'function', proname, NULL, md5(prosrc), NULL, NULL, NULL FROM pg_proc
    UNION ALL SELECT 'role', rolname, NULL, NULL, NULL, NULL, NULL FROM pg_roles
    UNION ALL SELECT 'setting', setconfig::text, NULL, NULL, NULL, NULL, NULL FROM pg_db_role_setting
    UNION ALL SELECT 'extension', extname, NULL, NULL, NULL, NULL, NULL FROM pg_extension
    ORDER BY 1, 2, 3, 4, 5, 6, 7`);
  const { rows: topics } = await client.query(
    'SELECT count(*), md5(string_agg(t::text, $1 ORDER BY id)) FROM bbs_topic t',
    ['\n'],
  );
  return JSON.stringify([rows, topics]);
}

/** Compares lists by hash, so that a difference of one byte does not print whole lists. */
const digest = (text: string) =>
  `${text.length} characters, ${createHash('sha256').update(text).digest('hex')}`;

const setTitle = (id: number, title: string) =>
  client.query('UPDATE bbs_topic SET title = $2 WHERE id = $1', [id, title]);

test('with DATABASE_URL, the database is not changed', async () => {
  expect(digest(await stack.topics())).toBe(digest(whole));
  expect((await stack.refresh()).status).toBe(200);
  expect(digest(await catalogue())).toBe(digest(catalogueBefore));
});

describe('GET', () => {
  test.each(['/topics/', '/topics'])('%s is the table, byte for byte', async (path) => {
    const response = await stack.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(digest(await response.text())).toBe(digest(whole));
  });

  test.each(['gzip', 'br'])('in %s is the same', async (coding) => {
    const response = await stack.request('/topics/', { headers: { 'accept-encoding': coding } });
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(digest(await response.text())).toBe(digest(whole));
  });

  test('page by page is the same', async () => {
    const ids: unknown[] = [];
    for (let path: string | undefined = '/topics/?limit=400'; path !== undefined; ) {
      const response = await stack.request(path);
      const { topics }: { topics: { id: number }[] } = JSON.parse(await response.text());
      ids.push(...topics.map(({ id }) => id));
      const next = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      path = next === undefined ? undefined : `/topics/${next}`;
    }
    const { topics }: { topics: { id: number }[] } = JSON.parse(whole);
    expect(ids).toEqual(topics.map(({ id }) => id));
  });
});

describe('HTTP', () => {
  test.each([
    ['GET', '/topics/0', 404, 'record_not_found'],
    ['GET', '/topic/1', 404, 'not_found'],
    ['POST', '/topics/', 405, 'method_not_allowed'],
    ['DELETE', '/topics', 405, 'method_not_allowed'],
    ['PUT', '/refresh/', 405, 'method_not_allowed'],
    ['GET', '/topics/?limit=0', 400, 'limit_invalid'],
    ['GET', '/refresh/', 401, 'unauthorized'],
    ['POST', '/refresh', 401, 'unauthorized'],
  ])('%s %s is %i with a code', async (method, path, status, code) => {
    const response = await stack.request(path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test('405 has Allow, and 401 has WWW-Authenticate', async () => {
    expect((await stack.request('/topics/', { method: 'POST' })).headers.get('allow')).toBe(
      'GET, HEAD, OPTIONS',
    );
    const refused = await stack.refresh({ headers: { authorization: 'Bearer wrong-wrong-wrong' } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
  });

  test.each(['/topics/', '/nowhere', '/refresh/'])('HEAD %s has no body', async (path) => {
    const response = await stack.request(path, { method: 'HEAD' });
    expect(await response.text()).toBe('');
  });
});

describe('a change in the database', () => {
  test.each(['GET', 'POST'])('is served after a refresh by %s, which answers with it', async (method) => {
    const title = `changed, and refreshed by ${method}`;
    await setTitle(7, title);
    const response = await stack.refresh({ method });
    expect(response.status).toBe(200);
    const refreshed = await response.text();
    expect(refreshed.includes(title)).toBe(true);
    expect(digest(await stack.topics())).toBe(digest(refreshed));
  });

  test('of all rows is served, byte for byte', async () => {
    const golden = await readFile(new URL('../golden/topics-10.json', import.meta.url), 'utf8');
    await client.query('DELETE FROM bbs_topic');
    await insertTopics(client, golden);
    expect(digest(await (await stack.refresh()).text())).toBe(digest(golden.trimEnd()));
    expect(digest(await stack.topics('/topics'))).toBe(digest(golden.trimEnd()));
  });

  test('that empties the table is served too', async () => {
    await client.query('DELETE FROM bbs_topic');
    await stack.refresh();
    expect(await stack.topics()).toBe('{"topics":[]}');
    await insertTopics(client, whole);
    await stack.refresh();
    expect(digest(await stack.topics())).toBe(digest(whole));
  });
});

describe('a body that is no good', () => {
  let published: string;
  beforeEach(async () => {
    published = await stack.topics();
    await setTitle(1, `not published ${Math.random()}`);
  });

  const json = { 'content-type': 'application/json' };
  test.each<[rule: string, body: string | Buffer, headers: Record<string, string>, status: number]>([
    ['malformed JSON', '{"source":', json, 400],
    ['of another type', JSON.stringify(change), { 'content-type': 'text/plain' }, 415],
    ['with a name that is none', JSON.stringify({ ...change, table: 'x'.repeat(1_000_001) }), json, 400],
    ['invalid UTF-8', Buffer.from('7b22ff227d', 'hex'), json, 400],
    ['with an unknown member', JSON.stringify({ ...change, extra: 1 }), json, 400],
    ['of no known event', '[]', json, 400],
  ])('(%s) is rejected without a publication', async (_, body, headers, status) => {
    const response = await stack.refresh({ body, headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: expect.any(String) });
    expect(digest(await stack.topics())).toBe(digest(published));
  });

  test('(about another table) is ignored without a publication', async () => {
    const response = await stack.refresh({
      body: JSON.stringify({ ...change, table: 'other' }),
      headers: json,
    });
    expect(await response.json()).toEqual({
      outcome: 'ignored',
      reason: 'no table of this dataset has this name',
    });
    expect(digest(await stack.topics())).toBe(digest(published));
  });
});

test('no part of the stack ended during these tests', () => {
  expect(stack.broken).toEqual([]);
});
