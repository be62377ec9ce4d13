import { keysOf } from '../tables/key.ts';
import { pageSizeOf } from '../tables/page-size.ts';
import type { Table } from '../tables/table.ts';
import type { Parameter } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest } from './request.ts';

/** The parameters of a list, or of one record. */
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

/** The error codes of every read. */
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

/** JSON Schema of a key in a path or a parameter. */
export const keySchema = ({ key }: Table) =>
  key.order.type === 'bigint'
    ? { type: 'integer' }
    : key.order.type === 'uuid'
      ? { type: 'string', format: 'uuid' }
      : { type: 'string' };

/**
 * Whether a request is for the whole list, or for a page by `limit` and `after` in key order: such a page is cut from
 * few chunks, and `lib/query` is not loaded.
 */
export function plainRequestsOf({ envelope, ordering, key }: Table): (request: HttpRequest) => boolean {
  const isByKey = ordering.length === 0 || ordering[0] === key.name;
  if (envelope !== undefined || !isByKey) return () => false;
  return ({ query }) => [...query.keys()].every((name) => plain.has(name));
}
const plain = new Set(['limit', 'after', 'version', 'transaction']);

/**
 * The parameters of a list, for its documents. A filter is named after its column: `author_id`, `title__icontains`.
 */
export function listParametersOf(table: Table): readonly Parameter[] {
  const text = { type: 'string' } as const;
  const size = {
    type: 'integer',
    minimum: 1,
    maximum: table.maxPageSize,
    default: pageSizeOf(table),
  } as const;
  const of = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
    ...{ name, in: 'query', description, schema },
  });
  const isDrf = table.envelope === 'drf';
  return [
    of('limit', 'At most so many records.', size),
    of('offset', 'Leaves out so many records before the page.', { type: 'integer', minimum: 0 }),
    of('page', 'The page of this number, from 1, or `last`.', text),
    of('page_size', 'Records of a page that has a number.', size),
    ...(isDrf
      ? []
      : [
          of(
            'after',
            'The records after this key: the `after` value of the previous page’s Link.',
            keySchema(table),
          ),
          of(
            'cursor',
            'Pages under any ordering: empty for the first, then the `cursor` value of a page’s Link.',
            text,
          ),
        ]),
    of(
      'ordering',
      `Fields with commas between them, \`-\` before a descending one: ${table.orderingFields.join(', ')}.`,
      text,
    ),
    of(
      'search',
      `Words and quoted phrases, each of which one of these contains: ${table.searchFields.join(', ')}.`,
      text,
    ),
    of('fields', 'The fields that records are to have, with commas between them.', text),
    of('count', '`exact`: Total-Count is of the records that fulfil the filters.', {
      type: 'string',
      enum: ['exact'],
    }),
    of('format', 'The format of the answer.', { type: 'string', enum: ['json'] }),
  ];
}

/**
 * Parses the parameters about freshness.
 * @throws HttpError 400
 */
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

/**
 * The requested page; undefined: the whole list.
 * @throws HttpError 400
 */
export function pageRangeOf({ query }: HttpRequest, table: Table) {
  const [limit, after] = [query.get('limit'), query.get('after')];
  if (limit === undefined && after === undefined && table.pageSize === undefined) return undefined;
  const records = limit === undefined ? pageSizeOf(table) : /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (records < 1 || records > table.maxPageSize)
    throw new HttpError(400, 'limit_invalid', `limit must be a number from 1 to ${table.maxPageSize}.`);
  const key = after === undefined ? undefined : keysOf(table.key.order).parse(after);
  if (after !== undefined && key === undefined)
    throw new HttpError(400, 'after_invalid', 'after must be the `after` value of the previous page’s Link.');
  return { limit: records, after: key };
}
