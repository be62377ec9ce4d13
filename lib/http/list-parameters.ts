import { keysOf } from '../tables/key.ts';
import { pageSizeOf } from '../tables/page-size.ts';
import type { Table } from '../tables/table.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest } from './request.ts';

/**
 * Returns a test for requests that do not need `lib/query`: requests for the whole list, and for a page by `limit` and
 * `after` in key order, which needs few chunks.
 */
export function plainRequestsOf({ envelope, ordering, key }: Table): (request: HttpRequest) => boolean {
  const isByKey = ordering.length === 0 || ordering[0] === key.name;
  if (envelope !== undefined || !isByKey) return () => false;
  return ({ query }) => [...query.keys()].every((name) => plain.has(name));
}
const plain = new Set(['limit', 'after', 'version', 'transaction']);

/**
 * Parses the parameters about freshness.
 * @throws HttpError 400
 */
export function readRequestOf({ query, headers }: HttpRequest) {
  const version = query.get('version');
  if (version !== undefined && !/^\d{1,15}$/.test(version))
    throw new HttpError(400, 'version_invalid', 'version must be a Snapshot-Version, a whole number.');
  const transactionId = query.get('transaction') ?? headers['transaction-id'];
  if (transactionId !== undefined && !/^\d{1,19}$/.test(transactionId))
    throw new HttpError(
      400,
      'transaction_invalid',
      'transaction must be a number from pg_current_xact_id().',
    );
  return {
    noCache: /(^|[\s,])(no-cache|max-age=0)([\s,]|$)/i.test(headers['cache-control'] ?? ''),
    version: version === undefined ? undefined : Number(version),
    transactionId,
  };
}

/**
 * The requested page; undefined: the whole list.
 * @throws HttpError 400
 */
export function pageRangeOf({ query }: HttpRequest, table: Table) {
  const [limit, after] = [query.get('limit'), query.get('after')];
  if (limit === undefined && after === undefined && table.pageSize === undefined) return undefined;
  const records = limit === undefined ? pageSizeOf(table) : /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (records < 1 || records > table.maxPageSize)
    throw new HttpError(400, 'limit_invalid', `limit must be a whole number from 1 to ${table.maxPageSize}.`);
  const key = after === undefined ? undefined : keysOf(table.key.order).parse(after);
  if (after !== undefined && key === undefined)
    throw new HttpError(400, 'after_invalid', 'after must be the `after` value of the previous page’s Link.');
  return { limit: records, after: key };
}
