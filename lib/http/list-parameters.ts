import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import type { Parameter } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest } from './request.ts';

/** Records of a page where neither the request nor the table says. */
const defaultPageSize = 1_000;

export const pageSizeOf = ({ pageSize = defaultPageSize, maxPageSize }: Table) =>
  Math.min(pageSize, maxPageSize);

/** What a list, or one record of it, is asked for as. */
export const readParameters: readonly Parameter[] = [
  {
    name: 'version',
    in: 'query',
    description:
      'A Snapshot-Version: the list as it was. 410 where it is not kept any more, 404 above the current one.',
    schema: { type: 'integer', minimum: 0 },
  },
  {
    name: 'transaction',
    in: 'query',
    description:
      'What pg_current_xact_id() gave: the list includes that transaction. 503 where it does not in time.',
    schema: { type: 'string', pattern: '^[0-9]{1,19}$' },
  },
  {
    name: 'Transaction-Id',
    in: 'header',
    description: 'The same as the parameter `transaction`.',
    schema: { type: 'string', pattern: '^[0-9]{1,19}$' },
  },
];

/** The codes of any read. */
export const readCodes: readonly string[] = [
  ...['version_invalid', 'transaction_invalid', 'version_unknown', 'version_gone', 'pinned', 'pinned_form'],
  ...['coding_not_acceptable', 'precondition_failed'],
  ...['cache_unavailable', 'nothing_published', 'transaction_not_included', 'busy', 'snapshot_broken'],
  ...['refresh_pending', 'publication_contended'],
  ...[
    'database_unavailable',
    'transaction_lost',
    'table_locked',
    'database_misconfigured',
    'statement_failed',
  ],
  ...['schema_drift', 'row_invalid', 'row_too_large', 'key_not_unique'],
  ...['table_not_readable', 'table_unreadable', 'table_unstable'],
];

/** JSON Schema of a key as it stands in a path or a parameter. */
export const keySchema = ({ key }: Table) =>
  key.order.type === 'bigint'
    ? { type: 'integer' }
    : key.order.type === 'uuid'
      ? { type: 'string', format: 'uuid' }
      : { type: 'string' };

export const pageParameters = (table: Table): readonly Parameter[] => [
  {
    name: 'limit',
    in: 'query',
    description: 'At most so many records. With `after` alone, the page size of the table.',
    schema: { type: 'integer', minimum: 1, maximum: table.maxPageSize, default: pageSizeOf(table) },
  },
  {
    name: 'after',
    in: 'query',
    description: 'The records after this key: the `after` value of the previous page’s Link.',
    schema: keySchema(table),
  },
];

/** What every read says of freshness. @throws HttpError 400 */
export function readRequestOf({ query, headers }: HttpRequest) {
  const version = query.get('version');
  if (version !== undefined && !/^\d{1,15}$/.test(version))
    throw new HttpError(400, 'version_invalid', 'version must be a Snapshot-Version: a whole number.');
  const transactionId = query.get('transaction') ?? headers['transaction-id'];
  if (transactionId !== undefined && !/^\d{1,19}$/.test(transactionId))
    throw new HttpError(
      400,
      'transaction_invalid',
      'transaction must be the number that pg_current_xact_id() gives.',
    );
  return {
    noCache: /(^|[\s,])(no-cache|max-age=0)([\s,]|$)/i.test(headers['cache-control'] ?? ''),
    version: version === undefined ? undefined : Number(version),
    transactionId,
  };
}

/** The page that is asked for; undefined: the whole list. @throws HttpError 400 */
export function pageRangeOf({ query }: HttpRequest, table: Table) {
  const [limit, after] = [query.get('limit'), query.get('after')];
  if (limit === undefined && after === undefined) return undefined;
  const records = limit === undefined ? pageSizeOf(table) : /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (records < 1 || records > table.maxPageSize)
    throw new HttpError(400, 'limit_invalid', `limit must be a number from 1 to ${table.maxPageSize}.`);
  const key = after === undefined ? undefined : keysOf(table.key.order).parse(after);
  if (after !== undefined && key === undefined)
    throw new HttpError(400, 'after_invalid', 'after must be the `after` value of the previous page’s Link.');
  return { limit: records, after: key };
}
