import { createHash } from 'node:crypto';
import { parseExact } from '../exact-json.ts';

/** A record with JSON texts as values, so that no number is rounded. */
export interface FakeRecord {
  key: string;
  json: string;
}

export interface FakeRequest {
  method: string;
  url: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

export interface FakeReply {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
}

/** Records in the order of the list. */
export type Generation = readonly FakeRecord[];

export type FakeServer = ReturnType<typeof createFakeServer>;

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(`The fake server refuses with ${code}.`);
    this.status = status;
    this.code = code;
  }
}

export interface FakeServerOptions {
  table?: string;
  firstVersion?: number;
  /** The number of generations that a request may name. */
  keeps?: number;
  /** The most records in an answer; a longer list is 413 without paging. */
  mostRecords?: number;
  /** The most upserts and deletes in a difference; a larger one is 410. */
  mostChanged?: number;
}

/** A server of the protocol in memory: the list of one table, its pages, and what changed between two generations. */
export function createFakeServer({
  table = 'topics',
  firstVersion = 1_000,
  keeps = 16,
  mostRecords = Number.POSITIVE_INFINITY,
  mostChanged = Number.POSITIVE_INFINITY,
}: FakeServerOptions = {}) {
  const history = createHistory(firstVersion, keeps);

  function list(query: URLSearchParams): FakeReply {
    const [named, all] = history.named(query.get('version'));
    const records = matching(all, query, ofList);
    const { length: count } = query.get('count') === 'exact' ? records : all;
    const headers = { 'snapshot-version': String(named), 'total-count': String(count) };
    const reply = (part: Generation, more: Record<string, string> = {}) =>
      success(`{${JSON.stringify(table)}:[${part.map(({ json }) => json).join(',')}]}`, {
        ...headers,
        ...more,
      });
    if (!query.has('limit')) {
      if (records.length > mostRecords) throw new Refusal(413, 'response_too_large');
      return reply(records);
    }
    const { page, next } = pageOf(records, query);
    if (next === undefined) return reply(page);
    next.set('version', String(named));
    return reply(page, { link: `<?${next}>; rel="next"` });
  }

  function changes(query: URLSearchParams): FakeReply {
    const { since, until } = parseChangesQuery(query);
    const [, allBefore] = history.named(since);
    const [to, allAfter] = history.named(until);
    const [before = [], after = []] = [allBefore, allAfter].map((all) => matching(all, query, ofChanges));
    const { upserts, deletes } = differenceOf(before, after);
    if (upserts.length + deletes.length > mostChanged) throw new Refusal(410, 'delta_too_large');
    const body = `{"version":${to},"upserts":[${upserts}],"deletes":[${deletes}],"count":${after.length}}`;
    const headers = { 'snapshot-version': String(to) };
    return success(
      body,
      until === null ? headers : { ...headers, 'cache-control': 'public, max-age=3600, immutable' },
    );
  }

  function answer({ method, url, headers }: FakeRequest): FakeReply {
    const { pathname, searchParams } = new URL(url);
    const reply = attempt(() => {
      if (pathname.endsWith(`/changes/${table}/`)) return changes(searchParams);
      if (pathname.endsWith(`/${table}/`)) return list(searchParams);
      throw new Refusal(404, 'not_found');
    });
    const held = headers['if-none-match'] ?? '';
    const isHeld = reply.status === 200 && held !== '' && held.includes(reply.headers['etag'] ?? '');
    if (isHeld) return { status: 304, headers: reply.headers, body: '' };
    return method === 'HEAD' ? { ...reply, body: '' } : reply;
  }

  return Object.assign(history, { answer, table });
}

/** The generations, and which of them is answered. */
function createHistory(firstVersion: number, keeps: number) {
  const generations = new Map<number, Generation>([[firstVersion, []]]);
  let version = firstVersion;
  let answered = firstVersion;
  return {
    /** The newest generation. */
    get version() {
      return version;
    },
    records: () => generations.get(version) ?? [],

    /** The records of any version that was ever published. */
    published: (named: number) => generations.get(named),

    /** What a request may name: a version that is kept, or null for the one that is answered. @throws Refusal */
    named(text: string | null): [version: number, records: Generation] {
      const named = text === null ? answered : Number(text);
      if (named > answered) throw new Refusal(404, 'version_unknown');
      const records = named > version - keeps ? generations.get(named) : undefined;
      if (records === undefined) throw new Refusal(410, 'version_gone');
      return [named, records];
    },

    publish(records: Generation): number {
      version += 1;
      answered = version;
      generations.set(version, records);
      return version;
    },

    /** Answers from an older generation, like a container that has not revalidated, or under an operator's pin. */
    answerFrom(older: number) {
      answered = Math.min(version, older);
    },
  };
}

/** @returns the page, and the query of the next one without its version */
function pageOf(records: Generation, query: URLSearchParams): { page: Generation; next?: URLSearchParams } {
  const after = query.get('after');
  const from = after === null ? 0 : records.findIndex(({ key }) => key === after) + 1;
  const page = records.slice(from, from + Number(query.get('limit')));
  const last = page.at(-1);
  if (last === undefined || from + page.length === records.length) return { page };
  const next = new URLSearchParams(query);
  next.set('after', last.key);
  return { page, next };
}

/** @throws Refusal */
function parseChangesQuery(query: URLSearchParams) {
  for (const name of ['limit', 'after', 'offset', 'page', 'page_size', 'cursor', 'ordering', 'count'])
    if (query.has(name)) throw new Refusal(400, 'parameter_unknown');
  const [since, until] = [query.get('since'), query.get('until')];
  if (since === null) throw new Refusal(400, 'since_missing');
  if (!/^\d{1,15}$/.test(since)) throw new Refusal(400, 'since_invalid');
  if (until !== null && !/^\d{1,15}$/.test(until)) throw new Refusal(400, 'until_invalid');
  if (until !== null && Number(until) < Number(since)) throw new Refusal(400, 'until_before_since');
  return { since, until };
}

/** The texts of records and keys that turn one generation into another. */
function differenceOf(before: Generation, after: Generation) {
  const former = new Map(before.map(({ key, json }) => [key, json]));
  const kept = new Set(after.map(({ key }) => key));
  return {
    upserts: after.filter(({ key, json }) => former.get(key) !== json).map(({ json }) => json),
    deletes: before.filter(({ key }) => !kept.has(key)).map(({ key }) => key),
  };
}

const ofList = ['limit', 'after', 'version', 'count', 'transaction'];
const ofChanges = ['since', 'until', 'transaction'];

/** The records that match a query: `search` is a text anywhere in the record, `title=…` a member's value. */
export function matching(
  records: Generation,
  query: URLSearchParams,
  notFilters: readonly string[] = [],
): Generation {
  const filters = [...query].filter(([name]) => !notFilters.includes(name));
  if (filters.length === 0) return records;
  return records.filter(({ json }) => {
    const members = new Map(Object.entries(parseExact(json) ?? {}));
    return filters.every(([name, value]) =>
      name === 'search'
        ? [...members.values()].some((text) => typeof text === 'string' && text.includes(value))
        : String(members.get(name.replace(/__exact$/, ''))) === value,
    );
  });
}

function success(body: string, headers: Record<string, string>): FakeReply {
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const shared = { 'content-type': 'application/json', 'cache-control': 'public, max-age=0', etag };
  return { status: 200, headers: { ...shared, ...headers }, body };
}

function attempt(work: () => FakeReply): FakeReply {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return errorReply(error.status, error.code);
  }
}

export const errorReply = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
): FakeReply => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify({ code, message: `The fake server answers ${code}.` }),
});
