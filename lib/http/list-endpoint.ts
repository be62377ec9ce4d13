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

/** Caches must store answers for different transactions separately. */
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
        // A 304, a 412, and a HEAD of the whole list need no records. A page needs them for the link to the next page.
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
      if (preconditionOf(request, hash) !== undefined) return represent(request, bodiless(hash), headers);
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

/** The hash of a page. It includes `changed`, which the link to the next page names. */
const pageHash = (
  { etag, changed }: Served['entry'],
  { limit, after }: { limit: number; after: string | undefined },
) => hashOf(`${etag} ${changed} ${limit} ${after ?? ''}${after === undefined ? '' : '.'}`);

/** Content for an answer that a precondition decides, so it has no body. */
export const bodiless = (hash: string): Content => ({
  hash,
  bytes: 0,
  payload: () => Promise.reject(new TypeError('this content has no body: a precondition must decide')),
});

/**
 * A relative link, which works behind any stage, path and domain. It keeps the parameters as they were sent, and names the
 * table's version, so that all pages of one walk show the same moment.
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

/** The fields of the request's log line, which also feed its metrics. */
export function notesOf({ table, from, ageMs, version, stale }: Served) {
  const count = stale ? { staleServed: 1 } : from === 'memory' ? { hit: 1 } : { miss: 1 };
  return { table: table.name, from, ageMs, version, hit: 0, miss: 0, staleServed: 0, ...count };
}
