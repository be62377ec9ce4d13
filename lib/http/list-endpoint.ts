import type { Reader } from '../reading/reader.ts';
import type { Note } from '../report.ts';
import type { Page } from '../snapshots/page.ts';
import type { LoadedSnapshot, Payload } from '../snapshots/snapshot.ts';
import type { Coding } from './accept-encoding.ts';
import type { Endpoint } from './api.ts';
import { HttpError } from './http-error.ts';
import { type CacheControl, cacheControlHeader, hashOf, represent, wholeOf } from './represent.ts';
import type { HttpRequest } from './request.ts';

const mostRecordsPerPage = 1_000;

/** What a list depends on besides its address: a cache must not give one to a request that names another transaction. */
const vary = 'Accept-Encoding, Transaction-Id';

/** `GET /topics/`, whole or by `?limit=` and `?after=`. */
export function listEndpoint({
  reader,
  page,
  parseKey,
  toPayload,
  cacheControl,
  note,
}: {
  reader: Reader;
  page: (snapshot: LoadedSnapshot, range: { after?: string | undefined; limit: number }) => Page;
  /** A key as a client gives it; undefined for what cannot be one. */
  parseKey: (text: string) => string | undefined;
  toPayload: (body: Buffer, coding: Coding) => Promise<Payload>;
  cacheControl: CacheControl;
  note: Note;
}): Endpoint {
  function rangeOf({ query }: HttpRequest) {
    const { limit, after } = query;
    if (limit === undefined && after === undefined) return undefined;
    const records = limit === undefined ? mostRecordsPerPage : /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
    if (records < 1 || records > mostRecordsPerPage)
      throw new HttpError(400, 'limit_invalid', `limit is a number from 1 to ${mostRecordsPerPage}.`);
    const key = after === undefined ? undefined : parseKey(after);
    if (after !== undefined && key === undefined)
      throw new HttpError(400, 'after_invalid', 'after is the key of a record, as a page before gave it.');
    return { limit: records, after: key };
  }

  const cacheHeader = cacheControlHeader(cacheControl);

  return {
    methods: ['GET', 'HEAD'],
    async answer(request, deadlineMs) {
      const range = rangeOf(request);
      const transactionId = transactionOf(request);
      const noCache = /(^|[\s,])(no-cache|max-age=0)([\s,]|$)/i.test(request.headers['cache-control'] ?? '');
      const served = await reader.read({ noCache, transactionId, deadlineMs });
      const { snapshot, from, ageMs, stale } = served;
      const count = stale ? { staleServed: 1 } : from === 'memory' ? { hit: 1 } : { miss: 1 };
      note({ from, ageMs, version: snapshot.head.rank, hit: 0, miss: 0, staleServed: 0, ...count });

      if (range === undefined) return represent(request, served, wholeOf(snapshot), cacheHeader, { vary });
      const { body, nextAfter } = page(snapshot, range);
      const next =
        nextAfter === undefined
          ? undefined
          : new URLSearchParams({ limit: String(range.limit), after: nextAfter });
      const part = {
        hash: hashOf(body),
        bytes: body.byteLength,
        payload: (coding: Coding) => toPayload(body, coding),
      };
      const link = next && { link: `<${request.path}?${next}>; rel="next"` };
      return represent(request, served, part, cacheHeader, { vary, ...link });
    },
  };
}

/** `?transaction=` or the header `Transaction-Id`: what `pg_current_xact_id()` gave. */
function transactionOf({ query, headers }: HttpRequest): string | undefined {
  const transactionId = query['transaction'] ?? headers['transaction-id'];
  if (transactionId === undefined || /^\d{1,19}$/.test(transactionId)) return transactionId;
  throw new HttpError(
    400,
    'transaction_invalid',
    'A transaction is named by the number that pg_current_xact_id() gives.',
  );
}
