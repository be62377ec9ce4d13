import { type FetchInit, LiveTableError } from './api.ts';
import { type Answer, type createExchange, ErrorAnswer, parseObject } from './exchange.ts';
import { type Difference, mismatch } from './records.ts';

export interface List {
  version: number;
  records: unknown[];
  count: number;
}
export interface Changes extends Difference {
  version: number;
}

const recordsPerPage = 1_000;
const mostPages = 100_000;

/** Reads the list, and the changes since a version. It parses the protocol's answers and keeps no records. */
export function createReader(list: URL, table: string | undefined, send: ReturnType<typeof createExchange>) {
  // `since` and `until` are versions in requests for changes, so filters of such columns need the other name.
  list.search = list.search.replace(/(?<=[?&])(since|until)(?==)/g, '$1__exact');
  const [, base = '/', name = ''] = /^(.*\/)([^/]+)\/?$/.exec(list.pathname) ?? [];
  const member = table ?? decodeURIComponent(name);
  let isPaged = false;

  function firstPage(): URL {
    const url = new URL(list);
    if (list.search) url.searchParams.set('count', 'exact'); // counts the records that match the query
    if (isPaged) url.searchParams.set('limit', String(recordsPerPage));
    return url;
  }

  /** The URL in `Link: <…>; rel="next"`, which must be the same list with another query. */
  function nextPage({ header }: Answer, url: URL): URL | undefined {
    const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(header('Link') ?? '') ?? [];
    if (target === undefined) return undefined;
    const next = new URL(target, url);
    if (next.origin + next.pathname === url.origin + url.pathname) return next;
    throw mismatch(`The next page is at another address: ${target}`);
  }

  return {
    /** @param cache `no-cache` if a cache may have an older list than the caller */
    async list(transactionId: string | undefined, cache: FetchInit['cache']): Promise<List> {
      const records: unknown[] = [];
      let count: number | undefined;
      let firstVersion = 0;
      let version = 0;
      let url: URL | undefined = include(firstPage(), transactionId);
      for (let page = 0; url !== undefined; page++) {
        const answer: Answer = await send(url, page === 0 ? cache : 'default');
        if (answer.status === 413 && !isPaged) {
          isPaged = true;
          return this.list(transactionId, cache);
        }
        if (answer.status !== 200) throw new ErrorAnswer(answer);
        const found = arrayIn(parseObject(answer.text), member);
        for (const record of found) records.push(record);
        const total = answer.header('Total-Count');
        if (total !== undefined) count = parseInteger(Number(total), 'Total-Count');
        const pageVersion = parseInteger(Number(answer.header('Snapshot-Version')), 'Snapshot-Version');
        // The first page may name a later generation with the same content of this table.
        if (page === 0) firstVersion = pageVersion;
        else if (page > 1 ? pageVersion !== version : pageVersion > firstVersion)
          throw mismatch(`The pages are of the versions ${version} and ${pageVersion}.`);
        version = pageVersion;
        url = nextPage(answer, url);
        if (url && (found.length === 0 || page === mostPages)) throw mismatch('The pages do not end.');
      }
      return { version, records, count: count ?? records.length };
    },

    async changes(
      since: number,
      transactionId: string | undefined,
      cache: FetchInit['cache'],
    ): Promise<Changes> {
      const url = new URL(list);
      url.pathname = `${base}changes/${name}/`;
      url.searchParams.set('since', String(since));
      const answer = await send(include(url, transactionId), cache);
      if (answer.status !== 200) throw new ErrorAnswer(answer);
      const body = parseObject(answer.text);
      const version = parseInteger(body['version'], 'version');
      const upserts = arrayIn(body, 'upserts');
      const deletes = arrayIn(body, 'deletes');
      const isEmpty = upserts.length + deletes.length === 0;
      if (version < since || (version === since && !isEmpty))
        throw mismatch(`The changes since version ${since} lead to version ${version}.`);
      return { version, upserts, deletes, count: parseInteger(body['count'], 'count') };
    },
  };
}

/** Sends it as a parameter: a header would need a CORS preflight, and a cache may ignore its value. */
function include(url: URL, transactionId: string | undefined): URL {
  if (transactionId !== undefined) url.searchParams.set('transaction', transactionId);
  return url;
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
