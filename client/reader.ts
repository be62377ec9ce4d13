import { type Fetch, LiveTableError } from './api.ts';
import { type Answer, type createExchange, ErrorAnswer, parseObject } from './exchange.ts';
import { type Difference, mismatch } from './records.ts';

export interface List {
  version: number;
  records: unknown[];
  count: number;
  etag?: undefined;
}
export interface Changes extends Difference {
  version: number;
  etag: string | undefined;
}

const recordsPerPage = 1_000;
const mostPages = 100_000;

/** Reads the list, and what has changed since a version. Knows the protocol's answers, and keeps no records. */
export function createReader(list: URL, table: string | undefined, send: ReturnType<typeof createExchange>) {
  const [, base = '/', name = ''] = /^(.*\/)([^/]+)\/?$/.exec(list.pathname) ?? [];
  const member = table ?? decodeURIComponent(name);
  let isPaged = false;

  function firstPage(): URL {
    const url = new URL(list);
    if (isPaged) url.searchParams.set('limit', String(recordsPerPage));
    return url;
  }

  /** The address in `Link: <…>; rel="next"`: the same list with another query. */
  function nextPage({ header }: Answer, url: URL): URL | undefined {
    const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(header('Link') ?? '') ?? [];
    if (target === undefined) return undefined;
    const next = new URL(target, url);
    if (next.origin + next.pathname === url.origin + url.pathname) return next;
    throw mismatch(`The next page is at another address: ${target}`);
  }

  return {
    /** @param cache `no-cache` where a cache may have an older list than the caller */
    async list(headers: Record<string, string>, cache: Parameters<Fetch>[1]['cache']): Promise<List> {
      const records: unknown[] = [];
      let count: number | undefined;
      let firstVersion = 0;
      let version = 0;
      let url: URL | undefined = firstPage();
      for (let page = 0; url !== undefined; page++) {
        const answer: Answer = await send(url, page === 0 ? headers : {}, page === 0 ? cache : 'default');
        if (answer.status === 413 && !isPaged) {
          isPaged = true;
          return this.list(headers, cache);
        }
        if (answer.status !== 200) throw new ErrorAnswer(answer);
        const found = arrayIn(parseObject(answer.text), member);
        for (const record of found) records.push(record);
        const total = answer.header('Total-Count');
        if (total !== undefined) count = parseInteger(Number(total), 'Total-Count');
        const pageVersion = parseInteger(Number(answer.header('Snapshot-Version')), 'Snapshot-Version');
        // The first page may name a later generation in which this table is the same.
        if (page === 0) firstVersion = pageVersion;
        else if (page > 1 ? pageVersion !== version : pageVersion > firstVersion)
          throw mismatch(`The pages are of the versions ${version} and ${pageVersion}.`);
        version = pageVersion;
        url = nextPage(answer, url);
        if (url && (found.length === 0 || page === mostPages)) throw mismatch('The pages do not end.');
      }
      return { version, records, count: count ?? records.length };
    },

    /** Undefined where nothing has changed since the answer with this ETag. */
    async changes(
      since: number,
      headers: Record<string, string>,
      etag: string | undefined,
    ): Promise<Changes | undefined> {
      const url = new URL(list);
      url.pathname = `${base}changes/${name}/`;
      url.searchParams.set('since', String(since));
      // A browser adds `Cache-Control: no-cache` to a condition unless there is a directive, and the service would ask its store.
      const condition = etag === undefined ? {} : { 'If-None-Match': etag, 'Cache-Control': 'max-age=1' };
      const answer = await send(url, { ...headers, ...condition }, 'default');
      if (answer.status === 304 && etag !== undefined) return undefined;
      if (answer.status !== 200) throw new ErrorAnswer(answer);
      const body = parseObject(answer.text);
      const version = parseInteger(body['version'], 'version');
      const upserts = arrayIn(body, 'upserts');
      const deletes = arrayIn(body, 'deletes');
      const isEmpty = upserts.length + deletes.length === 0;
      if (version < since || (version === since && !isEmpty))
        throw mismatch(`The changes since version ${since} lead to version ${version}.`);
      return {
        version,
        upserts,
        deletes,
        count: parseInteger(body['count'], 'count'),
        etag: answer.header('ETag'),
      };
    },
  };
}

function arrayIn(body: Record<string, unknown>, member: string): unknown[] {
  const value = body[member];
  if (Array.isArray(value)) return value;
  throw new LiveTableError('answer_invalid', `The answer has no array "${member}".`);
}

function parseInteger(value: unknown, called: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new LiveTableError('answer_invalid', `The answer has no integer "${called}".`);
}
