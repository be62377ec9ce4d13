import assert from 'node:assert/strict';
import type { Key } from '../api.ts';
import { parseExact } from '../exact-json.ts';
import { compareKeys, isKey } from '../records.ts';
import type { Rule } from './rule.ts';

/** A server, and a way to change its table. */
export interface ServerSubject {
  /** The base URL of `/<table>/` and `/changes/<table>/`, with a slash at the end. */
  baseUrl: string;
  table: string;
  /** The member of a record that is its key. Default: `id`. */
  key?: string;
  /**
   * Edits, adds or deletes a record; 30 calls do each of them at least once.
   * The change is published within ten seconds of its end.
   */
  change(): Promise<void>;
  /** Filters that some records match, `search=1`; `change()` makes records enter and leave the result. */
  query: string;
  /** Default: the global `fetch`. */
  fetch?: ServerFetch;
}

export type ServerFetch = (
  url: string,
  init: { method: string; headers: Record<string, string> },
) => Promise<{ status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

/**
 * The rules for a server of the protocol. In a test:
 * `test.each(serverRules)('$title', ({ check }) => check({ baseUrl, table, change }))`
 */
export const serverRules: readonly Rule<ServerSubject>[] = [
  {
    title: 'the list answers its records, version, count and ETag',
    async check(subject) {
      const { status, header, body } = await ask(subject).get(listPath(subject));
      assert.equal(status, 200);
      assert.match(header('content-type'), /^application\/json\b/);
      assert.deepEqual(Object.keys(objectIn(body)), [subject.table]);
      assert.match(header('snapshot-version'), /^[1-9]\d*$/);
      assert.equal(header('total-count'), String(recordsIn(subject, body).length));
      assert.match(header('etag'), /^"[^"]+"$/);
      assert.notEqual(header('cache-control'), '');
    },
  },
  {
    title: 'the keys of the list ascend: numbers by value, strings by code points',
    async check(subject) {
      const keys = (await readList(subject)).records.map((record) => keyOf(subject, record));
      for (const [at, key] of keys.slice(1).entries())
        assert.ok(compareKeys(keys[at] ?? '', key) < 0, `${key} comes after ${keys[at]}`);
    },
  },
  {
    title: 'the list answers 304 to its ETag, and 200 again after a change',
    async check(subject) {
      const { get } = ask(subject);
      const { header } = await get(listPath(subject));
      const held = await get(listPath(subject), { 'If-None-Match': header('etag') });
      assert.equal(held.status, 304);
      assert.equal(held.body, '');
      assert.equal(held.header('etag'), header('etag'));
      await changed(subject);
      const after = await get(listPath(subject), { 'If-None-Match': header('etag'), ...noCache });
      assert.equal(after.status, 200);
      assert.notEqual(after.header('etag'), header('etag'));
    },
  },
  {
    title: 'HEAD of the list tells version, count and ETag without a body',
    async check(subject) {
      const { get, head } = ask(subject);
      const list = await get(listPath(subject));
      const found = await head(listPath(subject));
      assert.equal(found.status, 200);
      assert.equal(found.body, '');
      for (const name of ['snapshot-version', 'total-count', 'etag'])
        assert.equal(found.header(name), list.header(name), name);
    },
  },
  {
    title: 'a walk through pages gives the list of one version, though the table changes meanwhile',
    async check(subject) {
      const before = await atLeastThreeRecords(subject);
      const records: unknown[] = [];
      const limit = Math.min(1_000, Math.ceil(before.records.length / 3));
      let url: string | undefined = `${listPath(subject)}?limit=${limit}`;
      let pinned: string | null = null;
      for (let pages = 0; url !== undefined; pages++) {
        const page = await ask(subject).get(url);
        assert.equal(page.status, 200);
        assert.equal(page.header('total-count'), String(before.records.length));
        records.push(...recordsIn(subject, page.body));
        const link = page.header('link');
        if (link === '') break;
        const [, target = ''] = /^<(\?[^>]+)>; rel="next"$/.exec(link) ?? [];
        assert.notEqual(target, '', `Link must be a relative reference, got ${link}`);
        const version = new URLSearchParams(target).get('version');
        assert.match(version ?? '', /^\d+$/, 'the link to the next page names a version');
        assert.equal(version, pinned ?? version);
        if (pages > 0) assert.equal(page.header('snapshot-version'), pinned);
        pinned = version;
        url = `${listPath(subject)}${target}`;
        if (pages === 0) await changed(subject);
        assert.ok(pages < before.records.length, 'the pages end');
      }
      assert.deepEqual(records, before.records);
    },
  },
  {
    title: 'without a change the difference is empty, and its ETag answers 304',
    async check(subject) {
      const { version, records } = await readList(subject);
      const found = await ask(subject).get(changesPath(subject, { since: version }));
      const difference = differenceIn(subject, found);
      assert.deepEqual([difference.upserts, difference.deletes], [[], []]);
      assert.equal(difference.count, records.length);
      assert.match(found.header('etag'), /^"[^"]+"$/);
      const condition = { 'If-None-Match': found.header('etag') };
      const held = await ask(subject).get(changesPath(subject, { since: version }), condition);
      assert.equal(held.status, 304);
      assert.equal(held.body, '');
    },
  },
  {
    title: 'the ETag of an empty difference answers 200 after a change',
    async check(subject) {
      const { version } = await readList(subject);
      const path = changesPath(subject, { since: version });
      const { header } = await ask(subject).get(path);
      await changed(subject);
      const found = await ask(subject).get(path, { 'If-None-Match': header('etag'), ...noCache });
      assert.equal(found.status, 200);
      assert.notEqual(found.header('etag'), header('etag'));
    },
  },
  {
    title: 'a list and the differences since then make the later list, record for record',
    async check(subject) {
      const start = await readList(subject);
      let state = start;
      const seen = { edits: 0, additions: 0, deletes: 0 };
      for (let turn = 0; turn < 5 || Object.values(seen).includes(0); turn++) {
        assert.ok(turn < 30, `30 calls of change() must edit, add and delete, got ${JSON.stringify(seen)}`);
        await changed(subject);
        const path = changesPath(subject, { since: state.version });
        const difference = differenceIn(subject, await ask(subject).get(path, noCache));
        const next = applied(subject, state, difference);
        const additions = next.records.length - state.records.length + difference.deletes.length;
        seen.additions += additions;
        seen.edits += difference.upserts.length - additions;
        seen.deletes += difference.deletes.length;
        state = next;
        assertSameList(subject, state, await listAt(subject, state.version));
      }
      const whole = await ask(subject).get(
        changesPath(subject, { since: start.version, until: state.version }),
      );
      assertSameList(subject, applied(subject, start, differenceIn(subject, whole)), state);
    },
  },
  {
    title: 'the differences of a query are those of its results',
    async check(subject) {
      const start = await readQuery(subject);
      let state = start;
      const seen = { upserts: 0, deletes: 0 };
      for (let turn = 0; turn < 5 || Object.values(seen).includes(0); turn++) {
        assert.ok(
          turn < 60,
          `60 calls of change() must change what the query finds: ${JSON.stringify(seen)}`,
        );
        await changed(subject);
        const path = `${changesPath(subject, { since: state.version })}&${subject.query}`;
        const reply = await ask(subject).get(path, noCache);
        const difference = differenceIn(subject, reply);
        const condition = { 'If-None-Match': reply.header('etag'), ...noCache };
        assert.equal((await ask(subject).get(path, condition)).status, 304);
        state = applied(subject, state, difference);
        seen.upserts += difference.upserts.length;
        seen.deletes += difference.deletes.length;
        assertSameList(subject, state, await readQuery(subject, state.version));
      }
      const both = { since: start.version, until: state.version };
      const whole = await ask(subject).get(`${changesPath(subject, both)}&${subject.query}`);
      assertSameList(subject, applied(subject, start, differenceIn(subject, whole)), state);
    },
  },
  {
    title: 'with count=exact the list of a query tells how many records there are',
    async check(subject) {
      const { header, body } = await ask(subject).get(`${listPath(subject)}?${subject.query}&count=exact`);
      assert.equal(header('total-count'), String(recordsIn(subject, body).length));
    },
  },
  {
    title: 'an answer with until is of that version, and a cache may keep it for good',
    async check(subject) {
      const { get } = ask(subject);
      const { version: since } = await readList(subject);
      await changed(subject);
      const { version: until } = await readList(subject);
      const path = changesPath(subject, { since, until });
      const first = await get(path);
      assert.equal(differenceIn(subject, first).version, until);
      assert.match(first.header('cache-control'), /\bimmutable\b/);
      const maxAgeS = Number(/\bmax-age=(\d+)/.exec(first.header('cache-control'))?.[1]);
      assert.ok(maxAgeS > 0, `max-age must be above zero, got "${first.header('cache-control')}"`);
      await changed(subject);
      const second = await get(path, noCache);
      assert.equal(second.body, first.body);
      assert.equal(second.header('etag'), first.header('etag'));
    },
  },
  {
    title: 'an answer without until is not immutable',
    async check(subject) {
      const { version } = await readList(subject);
      const { header } = await ask(subject).get(changesPath(subject, { since: version }));
      assert.doesNotMatch(header('cache-control'), /\bimmutable\b/);
    },
  },
  {
    title: 'a missing or malformed since, and an until that is malformed or before it, are 400 with a code',
    async check(subject) {
      const { version } = await readList(subject);
      const codes: string[] = [];
      for (const query of [
        {},
        { since: '' },
        { since: 'x' },
        { since: '-1' },
        { since: '1.5' },
        { since: '1e3' },
      ])
        codes.push(await refusal(subject, changesPath(subject, query), 400));
      const before = await refusal(
        subject,
        changesPath(subject, { since: version, until: version - 1 }),
        400,
      );
      await refusal(subject, changesPath(subject, { since: version, until: 'x' }), 400);
      assert.ok(!codes.includes(before), 'an until before since has a code of its own');
    },
  },
  {
    title: 'ordering and paging of a difference are 400',
    async check(subject) {
      const { version: since } = await readList(subject);
      for (const name of ['limit', 'offset', 'page', 'after'])
        await refusal(subject, changesPath(subject, { since, [name]: 1 }), 400);
      await refusal(subject, changesPath(subject, { since, ordering: keyName(subject) }), 400);
    },
  },
  {
    title: 'a since that is no longer kept is 410 version_gone',
    async check(subject) {
      assert.equal(await refusal(subject, changesPath(subject, { since: 1 }), 410), 'version_gone');
    },
  },
  {
    title: 'a since or until above what is served is 404 version_unknown',
    async check(subject) {
      const { version } = await readList(subject);
      const above = version + 3_600_000;
      const since = await refusal(subject, changesPath(subject, { since: above }), 404);
      const until = await refusal(subject, changesPath(subject, { since: version, until: above }), 404);
      assert.deepEqual([since, until], ['version_unknown', 'version_unknown']);
    },
  },
  {
    title: 'the changes of a table that does not exist are 404 with another code',
    async check(subject) {
      const path = changesPath({ ...subject, table: 'no-such-table' }, { since: 1 });
      const { status, body } = await ask(subject).get(path);
      assert.equal(status, 404);
      assert.notEqual(objectIn(body)['code'], 'version_unknown');
    },
  },
  {
    title: 'HEAD of a difference has the headers of GET without a body',
    async check(subject) {
      const { version } = await readList(subject);
      const path = changesPath(subject, { since: version, until: version });
      const got = await ask(subject).get(path);
      const found = await ask(subject).head(path);
      assert.equal(found.status, 200);
      assert.equal(found.body, '');
      assert.equal(found.header('etag'), got.header('etag'));
    },
  },
];

interface State {
  version: number;
  records: unknown[];
}

interface Reply {
  status: number;
  /** Returns '' for an absent header. */
  header(name: string): string;
  body: string;
}

const noCache = { 'Cache-Control': 'no-cache' };
const publicationMs = 10_000;
const keyName = ({ key = 'id' }: ServerSubject) => key;
const listPath = ({ table }: ServerSubject) => `${encodeURIComponent(table)}/`;

function changesPath({ table }: ServerSubject, query: Record<string, string | number>) {
  const texts = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return `changes/${encodeURIComponent(table)}/?${texts.join('&')}`;
}

function ask({ baseUrl, fetch = globalThis.fetch }: ServerSubject) {
  const send = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Reply> => {
    const response = await fetch(new URL(path, baseUrl).href, { method, headers });
    const header = (name: string) => response.headers.get(name) ?? '';
    return { status: response.status, header, body: await response.text() };
  };
  return {
    get: (path: string, headers?: Record<string, string>) => send('GET', path, headers),
    head: (path: string, headers?: Record<string, string>) => send('HEAD', path, headers),
  };
}

/** Changes the table, and waits for the publication. */
async function changed(subject: ServerSubject): Promise<void> {
  const version = async () =>
    (await ask(subject).head(listPath(subject), noCache)).header('snapshot-version');
  const before = await version();
  await subject.change();
  for (const endMs = Date.now() + publicationMs; (await version()) === before; )
    assert.ok(Date.now() < endMs, `A change was not published within ${publicationMs} ms.`);
}

/** The newest list, read in pages if it does not fit into one answer. */
const readList = (subject: ServerSubject) => walk(subject, new URLSearchParams(), noCache);
/** The list of a version. */
const listAt = (subject: ServerSubject, version: number) =>
  walk(subject, new URLSearchParams({ version: String(version) }));

/** The records of the query, the newest or those of a version. */
function readQuery(subject: ServerSubject, version?: number) {
  const query = new URLSearchParams(subject.query);
  if (version === undefined) return walk(subject, query, noCache);
  query.set('version', String(version));
  return walk(subject, query);
}

async function walk(
  subject: ServerSubject,
  query: URLSearchParams,
  headers?: Record<string, string>,
): Promise<State> {
  const { get } = ask(subject);
  let reply = await get(`${listPath(subject)}?${query}`, headers);
  if (reply.status === 413) reply = await get(`${listPath(subject)}?${query}&limit=1000`, headers);
  const records: unknown[] = [];
  for (;;) {
    assert.equal(reply.status, 200, reply.body);
    records.push(...recordsIn(subject, reply.body));
    const [, next] = /^<(\?[^>]+)>; rel="next"$/.exec(reply.header('link')) ?? [];
    if (next === undefined) return { version: Number(reply.header('snapshot-version')), records };
    reply = await get(`${listPath(subject)}${next}`);
  }
}

async function atLeastThreeRecords(subject: ServerSubject): Promise<State> {
  for (let turn = 0; turn < 50; turn++) {
    const list = await readList(subject);
    if (list.records.length >= 3) return list;
    await changed(subject);
  }
  throw new assert.AssertionError({
    message: 'The table needs three records; add them before the suite runs.',
  });
}

function objectIn(body: string): Record<string, unknown> {
  const value = parseExact(body);
  assert.ok(typeof value === 'object' && value !== null, `The body is no JSON object: ${body.slice(0, 200)}`);
  return { ...value };
}

function arrayIn(body: Record<string, unknown>, member: string): unknown[] {
  const value = body[member];
  assert.ok(Array.isArray(value), `The member "${member}" is no array.`);
  return value;
}

const recordsIn = ({ table }: ServerSubject, body: string) => arrayIn(objectIn(body), table);

function keyOf(subject: ServerSubject, record: unknown): Key {
  assert.ok(typeof record === 'object' && record !== null, 'A record is no JSON object.');
  const key: unknown = Reflect.get(record, keyName(subject));
  assert.ok(isKey(key), `A record has no key "${keyName(subject)}".`);
  return key;
}

function differenceIn(subject: ServerSubject, { status, body }: Reply) {
  assert.equal(status, 200, body);
  const value = objectIn(body);
  assert.deepEqual(Object.keys(value).sort(), ['count', 'deletes', 'upserts', 'version']);
  const { version, count } = value;
  assert.ok(typeof version === 'number' && typeof count === 'number', 'version and count are numbers');
  const upserts = arrayIn(value, 'upserts');
  const deletes = arrayIn(value, 'deletes');
  const keys = [...deletes, ...upserts.map((record) => keyOf(subject, record))];
  assert.equal(new Set(keys).size, keys.length, 'each key occurs once in a difference');
  return { version, count, upserts, deletes };
}

/** Applies a difference, and checks that the deleted keys exist and that the count fits. */
function applied(
  subject: ServerSubject,
  { version, records }: State,
  difference: ReturnType<typeof differenceIn>,
): State {
  assert.ok(difference.version >= version, `The version went back from ${version} to ${difference.version}.`);
  const byKey = new Map<unknown, unknown>(records.map((record) => [keyOf(subject, record), record]));
  for (const key of difference.deletes)
    assert.ok(byKey.delete(key), `The deleted key ${String(key)} was not in the list.`);
  for (const record of difference.upserts) byKey.set(keyOf(subject, record), record);
  assert.equal(byKey.size, difference.count, 'count is the number of records at the version');
  return { version: difference.version, records: [...byKey.values()] };
}

function assertSameList(subject: ServerSubject, { records }: State, expected: State) {
  const byKey = new Map<unknown, unknown>(records.map((record) => [keyOf(subject, record), record]));
  assert.equal(records.length, expected.records.length);
  for (const record of expected.records) assert.deepEqual(byKey.get(keyOf(subject, record)), record);
}

/** The code of an error answer. Checks that no cache may store it. */
async function refusal(subject: ServerSubject, path: string, expected: number): Promise<string> {
  const { status, header, body } = await ask(subject).get(path);
  assert.equal(status, expected, `${path} answered ${status}: ${body.slice(0, 200)}`);
  assert.match(header('cache-control'), /\bno-store\b/);
  const { code, message } = objectIn(body);
  assert.ok(typeof code === 'string' && /^[a-z\d_]+$/.test(code), `${path} has no code`);
  assert.ok(typeof message === 'string' && message !== '', `${path} has no message`);
  return code;
}
