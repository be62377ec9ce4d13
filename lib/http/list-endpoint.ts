import type { Reader } from '../reading/reader.ts';
import type { Served } from '../reading/served.ts';
import type { Note } from '../report.ts';
import { toPayload } from '../snapshots/snapshot.ts';
import type { Table } from '../tables/table.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { pageRangeOf, plainRequestsOf, readRequestOf } from './list-parameters.ts';
import {
  type CacheControl,
  type Content,
  cacheControlHeader,
  hashOf,
  listHeaders,
  preconditionOf,
  represent,
  wholeOf,
} from './represent.ts';
import type { HttpRequest } from './request.ts';

export interface TableEndpointDeps {
  table: Table;
  reader: Pick<Reader, 'read'>;
  cacheControl: CacheControl;
  note: Note;
  /** The base of absolute links; undefined: the request's own domain. */
  publicUrl?: string | undefined;
}

/** The request headers that select a list: a cache must keep requests for different transactions apart. */
export const vary = 'Accept-Encoding, Transaction-Id';

/** `GET /topics/`: the whole list, a page by `?limit=` and `?after=`, or a part by a query. */
export function listEndpoint(deps: TableEndpointDeps): Endpoint {
  const { table, reader, cacheControl, note } = deps;
  const isPlain = plainRequestsOf(table);
  const cacheHeader = cacheControlHeader(cacheControl);
  let loaded: Promise<typeof import('./query-list.ts')> | undefined;

  return {
    methods: readMethods,
    async answer(request, { deadlineMs }) {
      if (!isPlain(request)) {
        loaded ??= import('./query-list.ts');
        const { answerQuery } = await loaded;
        return answerQuery(deps, request, { deadlineMs });
      }
      const range = pageRangeOf(request, table);
      const served = await reader.read({
        ...readRequestOf(request),
        table,
        deadlineMs,
        // A 304, a 412 and a HEAD need no records, except that the link to the next page needs them.
        need: (entry) => {
          const hash = range === undefined ? entry.etag : pageHash(entry, range);
          if (preconditionOf(request, hash) !== undefined) return { kind: 'nothing' };
          if (range !== undefined) return { kind: 'after', ...range };
          return request.method === 'HEAD' ? { kind: 'nothing' } : { kind: 'whole' };
        },
      });
      note(notesOf(served));
      const headers = { vary, 'cache-control': cacheHeader, ...listHeaders(served) };
      if (range === undefined) return represent(request, wholeOf(served), headers);
      const hash = pageHash(served.entry, range);
      if (preconditionOf(request, hash) !== undefined) return represent(request, unmade(hash), headers);
      const { body, nextAfter } = served.page(range);
      const link = nextAfter === undefined ? {} : { link: nextLink(request, served, range.limit, nextAfter) };
      const content = {
        hash,
        bytes: body.byteLength,
        payload: (coding: Parameters<Content['payload']>[0]) => toPayload(body, coding),
      };
      return represent(request, content, { ...headers, ...link });
    },
  };
}

/**
 * The hash of a page: it changes if the table or the page changes. The link to the next page depends on `changed`.
 */
const pageHash = (
  { etag, changed }: Served['entry'],
  { limit, after }: { limit: number; after: string | undefined },
) => hashOf(`${etag} ${changed} ${limit} ${after ?? ''}${after === undefined ? '' : '.'}`);

/** Content of which only the preconditions are evaluated. */
export const unmade = (hash: string): Content => ({
  hash,
  bytes: 0,
  payload: () => Promise.reject(new TypeError('a precondition decides')),
});

/**
 * Relative, so that it works behind any stage, path and domain, with every parameter as it was sent. It names the
 * table's version, so that the pages of one walk are of one moment.
 */
function nextLink(
  { parameters }: HttpRequest,
  { entry, local }: Pick<Served, 'entry' | 'local'>,
  limit: number,
  after: string,
): string {
  const next = new URLSearchParams([...parameters]);
  next.set('limit', String(limit));
  next.set('after', after);
  if (!local && !next.has('version')) next.set('version', String(entry.changed));
  return `<?${next}>; rel="next"`;
}

/** Facts for the log, and its metrics. */
export function notesOf({ table, from, ageMs, version, stale }: Served) {
  const count = stale ? { staleServed: 1 } : from === 'memory' ? { hit: 1 } : { miss: 1 };
  return { table: table.name, from, ageMs, version, hit: 0, miss: 0, staleServed: 0, ...count };
}
