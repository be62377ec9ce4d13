import { bounds, filterNames, grammarOf, listParameters } from '../query/parse-query.ts';
import { pageSizeOf } from '../tables/page-size.ts';
import type { Table } from '../tables/table.ts';
import { ownParameters } from './changes-endpoint.ts';
import type { EndpointDescription, Parameter } from './endpoint.ts';
import { keySchema } from './record-schema.ts';

/**
 * Describes the paths of a table, for the documents; separate from the code that answers, so that functions without
 * documents do not bundle it.
 */
export const listDescription = (table: Table): EndpointDescription => ({
  ...envelopeOf(table),
  summary: `The ${table.name}, in the order of their ${table.key.name}`,
  parameters: [
    ...pageParameters(table),
    orderingOf(table),
    ...queryParameters(table, listParameters),
    parameter('count', '`exact`: Total-Count counts the records that match.', {
      type: 'string',
      enum: ['exact'],
    }),
    parameter('format', 'The format of the answer.', { type: 'string', enum: ['json'] }),
    ...readParameters,
  ],
  answers: 'list',
  codes: ['response_too_large', ...pageCodes, ...queryCodes, ...readCodes],
});

export const recordDescription = (table: Table): EndpointDescription => ({
  ...envelopeOf(table),
  summary: `One of the ${table.name}, by its ${table.key.name}`,
  parameters: [
    {
      name: 'key',
      in: 'path',
      description: `The record’s ${table.key.name}.`,
      schema: keySchema(table),
    },
    ...readParameters,
  ],
  answers: 'record',
  codes: ['record_not_found', ...readCodes],
});

/** Errors never have DRF's envelope, because DRF has no such path. */
export const changesDescription = (table: Table): EndpointDescription => ({
  summary: `The changes of the ${table.name} since a version, or of those that match a query`,
  parameters: [
    {
      ...parameter(
        'since',
        'The version that the client has: a Snapshot-Version, or `version` of the last answer.',
        version,
      ),
      required: true,
    },
    parameter(
      'until',
      'The version at which the changes end. Caches may keep such an answer: it never changes.',
      version,
    ),
    ...queryParameters(table, [...listParameters, ...ownParameters]),
    ...readParameters.filter(({ name }) => name !== 'version'),
  ],
  answers: 'changes',
  codes: [
    ...['since_missing', 'since_invalid', 'until_invalid', 'until_before_since', 'delta_too_large'],
    ...[...queryCodes, ...readCodes.filter((code) => code !== 'version_invalid')],
  ],
});

const envelopeOf = ({ envelope }: Table) => (envelope === undefined ? {} : { envelope });

const parameter = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  ...{ name, in: 'query', description, schema },
});

/** Comma-separated values. */
const listed = (
  name: string,
  description: string,
  values: readonly string[],
  more: Parameter['schema'] = {},
): Parameter => ({
  ...parameter(name, description, {
    ...{ type: 'array', items: { type: 'string', enum: values }, uniqueItems: true },
    ...more,
  }),
  style: 'form',
  explode: false,
});

const version = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 } as const;

function pageParameters(table: Table): Parameter[] {
  // Forms would send a `default`, but a request without these parameters may be for the whole list.
  const usual =
    table.pageSize === undefined
      ? 'Without a paging parameter, the answer has all records.'
      : `Default: ${pageSizeOf(table)}.`;
  const size = { type: 'integer', minimum: 1, maximum: table.maxPageSize } as const;
  const place = { type: 'integer', minimum: 0 } as const;
  const shared = [
    parameter('limit', `The maximum number of records. ${usual}`, size),
    parameter('offset', 'The number of records to skip.', place),
    parameter('page', 'The number of the page, from 1, or `last`.', {
      anyOf: [{ type: 'integer', minimum: 1 }, { const: 'last' }],
    }),
    parameter('page_size', `The number of records per numbered page. ${usual}`, size),
  ];
  if (table.envelope === 'drf') return shared;
  return [
    ...shared,
    parameter(
      'after',
      'The records after this key: the `after` value of the previous page’s Link.',
      keySchema(table),
    ),
    parameter(
      'cursor',
      'Paging for any ordering: empty for the first page, then the `cursor` value of a page’s Link.',
      { type: 'string' },
    ),
  ];
}

function orderingOf(table: Table): Parameter {
  const { ordering, key } = table;
  const names = [...grammarOf(table).orderable.keys()].flatMap((name) => [name, `-${name}`]);
  const usual = ordering.length === 0 ? key.name : ordering.join(',');
  return listed(
    'ordering',
    `Fields separated by commas, with \`-\` before a descending one. Default: ${usual}.`,
    names,
    { maxItems: bounds.orderings },
  );
}

/**
 * Parameters that select records and their members.
 * @param others names of parameters that are not filters
 */
function queryParameters(table: Table, others: readonly string[]): Parameter[] {
  const grammar = grammarOf(table);
  const names = filterNames(grammar, others);
  const filters: Parameter = {
    ...parameter(
      'filters',
      'Each member is a separate parameter: `title__icontains=cat`. A record must match all of them. A name that ends with `!` selects the records that do not match.',
      {
        type: 'object',
        propertyNames: { enum: names },
        additionalProperties: { type: 'string', maxLength: bounds.characters },
        maxProperties: bounds.conditions,
      },
    ),
    ...{ style: 'form', explode: true, example: {} },
  };
  const search = parameter(
    'search',
    `Words and quoted phrases. Each must occur in one of these fields: ${grammar.searchable.map(({ name }) => name).join(', ')}.`,
    { type: 'string', maxLength: bounds.characters },
  );
  return [
    ...(names.length === 0 ? [] : [filters]),
    ...(grammar.searchable.length === 0 ? [] : [search]),
    listed(
      'fields',
      'The fields of each record, separated by commas. The records then lack the other fields, although the schema of whole records requires them.',
      grammar.members,
    ),
  ];
}

const transaction = { type: 'string', pattern: '^[0-9]{1,19}$' };
/** Parameters of every read. */
const readParameters: readonly Parameter[] = [
  parameter(
    'version',
    'A Snapshot-Version: the answer is of that version. 410 if it is no longer kept; 404 if it is above the current one.',
    version,
  ),
  parameter(
    'transaction',
    'A number from pg_current_xact_id(): the answer includes that transaction, or is 503.',
    transaction,
  ),
  {
    name: 'Transaction-Id',
    in: 'header',
    description: 'The same as the parameter `transaction`.',
    schema: transaction,
  },
];

const pageCodes = [
  ...['limit_invalid', 'after_invalid', 'page_invalid', 'offset_invalid', 'page_size_invalid'],
  ...['cursor_invalid', 'count_invalid', 'format_invalid', 'paging_ambiguous', 'ordering_invalid'],
];
const queryCodes = [
  ...['parameter_unknown', 'filter_invalid', 'filters_too_many', 'filter_too_long'],
  ...['search_too_long', 'fields_invalid'],
];

/** The error codes of every read. */
export const readCodes: readonly string[] = [
  ...['version_invalid', 'transaction_invalid', 'version_unknown', 'version_gone', 'pinned', 'pinned_form'],
  ...['coding_not_acceptable', 'precondition_failed'],
  ...['cache_unavailable', 'cache_unusable', 'nothing_published', 'transaction_not_included', 'busy'],
  ...['snapshot_broken', 'refresh_pending', 'publication_contended'],
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
