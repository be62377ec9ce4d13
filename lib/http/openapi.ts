import type { Dataset } from '../tables/define-table.ts';
import type { Table } from '../tables/table.ts';
import type { EndpointDescription } from './endpoint.ts';
import { errorCodes } from './error-codes.ts';
import { answerHeaders, errorHeaders, headerComponents, notModifiedHeaders } from './openapi-headers.ts';
import { type JsonSchema, keySchemaInRecord, recordSchema } from './record-schema.ts';
import { refreshDescription } from './refresh-description.ts';
import { changesDescription, listDescription, recordDescription } from './table-descriptions.ts';

type Member = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  tables: Dataset;
  serverUrl: string;
  /** Whether the gateway has an authorizer for the lists. */
  isPrivate?: boolean;
}

/** Describes every path that returns data, in OpenAPI 3.1. */
export function openApiDocument({ tables, serverUrl, isPrivate = false }: OpenApiOptions): Member {
  const names = schemaNames(tables);
  const paths = tables.flatMap((table): [string, Member][] => {
    const name = names.get(table.name) ?? '';
    const of = { table, name, isPrivate };
    return [
      [`/${table.name}/`, { get: operation(listDescription(table), of) }],
      [`/${table.name}/{key}/`, { get: operation(recordDescription(table), of) }],
      [`/changes/${table.name}/`, { get: operation(changesDescription(table), of) }],
    ];
  });
  return {
    openapi: '3.1.1',
    info: {
      title: 'Lists of a Django application, from a shared cache',
      version: '1.0.0',
      description:
        'A list shows its table at one moment of the database. Every path that answers `GET` also answers `HEAD`. An error has the body `{"code","message"}`; its code is stable.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    tags: [
      ...tables.map(({ name, relation }) => ({ name, description: `The rows of ${relation}.` })),
      { name: 'refresh', description: 'Reads the tables again. Requires the token.' },
    ],
    paths: Object.fromEntries([...paths, ['/refresh/', refreshPath(tables, names)]]),
    components: {
      schemas: Object.fromEntries(
        tables.flatMap((table) => componentSchemas(table, names.get(table.name) ?? '')),
      ),
      responses: Object.fromEntries(
        [
          ...oneOfEachEnvelope(tables).flatMap((table) => [
            listDescription(table),
            recordDescription(table),
            changesDescription(table),
          ]),
          refreshDescription(tables),
        ].flatMap(errorResponses),
      ),
      headers: headerComponents,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of `/refresh/`.' },
        ...(isPrivate ? { lists: ofAuthorizer } : {}),
      },
    },
  };
}

interface Subject {
  table: Table;
  /** The schema's name. */
  name: string;
  isPrivate: boolean;
}

/** The functions do not know which authorizer the stage has. */
const ofAuthorizer = {
  ...{ type: 'apiKey', in: 'header', name: 'Authorization' },
  description:
    'The credentials that the gateway requires for lists: `Bearer` and a JWT, or an AWS signature (SigV4).',
};
/** Answers of the gateway's authorizer. They have no CORS headers. */
const authorizerErrors = {
  '401': { description: 'The gateway answers: the credentials are missing or invalid.' },
  '403': { description: 'The gateway answers: the credentials do not allow the request.' },
};

const ref = (section: string, name: string) => ({ $ref: `#/components/${section}/${name}` });
const json = (schema: Member) => ({ 'application/json': { schema } });

/** `Topic` for `topics`; the whole name if two tables would share one. */
function schemaNames(tables: Dataset): ReadonlyMap<string, string> {
  const pascal = (text: string) =>
    text.replace(/(^|[^a-zA-Z\d]+)([a-zA-Z\d])/g, (_, __, letter: string) => letter.toUpperCase());
  const singular = (text: string) => text.replace(/ies$/, 'y').replace(/([^su])s$/, '$1');
  const short = tables.map(({ name }) => pascal(singular(name)));
  return new Map(
    tables.map(({ name }, at) => {
      const isOnly = short.filter((one) => one === short[at]).length === 1;
      return [name, (isOnly ? short[at] : undefined) ?? pascal(name)];
    }),
  );
}

const componentSchemas = (table: Table, name: string): [string, JsonSchema][] => [
  [name, recordSchema(table)],
  [`${name}List`, listSchema(table, { type: 'array', items: ref('schemas', name) })],
  [
    `${name}Changes`,
    {
      type: 'object',
      required: ['version', 'upserts', 'deletes', 'count'],
      properties: {
        version: { type: 'integer', format: 'int64', description: 'The value for the next `since`.' },
        upserts: {
          type: 'array',
          items: ref('schemas', name),
          description: 'The added and edited records.',
        },
        deletes: {
          type: 'array',
          items: keySchemaInRecord(table),
          description: `The ${table.key.name} of each deleted record.`,
        },
        count: { type: 'integer', description: 'The number of records in the list at `version`.' },
      },
    },
  ],
];

function listSchema({ name, envelope }: Table, records: JsonSchema): JsonSchema {
  const address = { type: ['string', 'null'], format: 'uri' };
  const properties =
    envelope === 'drf'
      ? {
          count: { type: 'integer', minimum: 0, description: 'The number of records on all pages.' },
          ...{ next: address, previous: address, results: records },
        }
      : { [name]: records };
  return { type: 'object', required: Object.keys(properties), properties };
}

const schemaOf: Record<Exclude<EndpointDescription['answers'], 'refresh'>, (name: string) => string> = {
  list: (name) => `${name}List`,
  record: (name) => name,
  changes: (name) => `${name}Changes`,
};

/** The verbs of operation ids, as in drf-spectacular. */
const verbs: Record<Exclude<EndpointDescription['answers'], 'refresh'>, string> = {
  list: 'list',
  record: 'retrieve',
  changes: 'changes',
};

function operation(description: EndpointDescription, { table, name, isPrivate }: Subject): Member {
  const { answers, summary } = description;
  if (answers === 'refresh') throw new TypeError('refreshPath describes the refresh');
  return {
    operationId: `${table.name.replaceAll('-', '_')}_${verbs[answers]}`,
    tags: [table.name],
    summary,
    security: isPrivate ? [{ lists: [] }] : [],
    parameters: [...parametersOf(description), ...conditionalParameters],
    responses: {
      '200': {
        description: summary,
        headers: answerHeaders(answers),
        content: json(ref('schemas', schemaOf[answers](name))),
      },
      '304': {
        description: '`If-None-Match` names the current content.',
        headers: notModifiedHeaders(answers),
      },
      ...errorsOf(description),
      ...(isPrivate ? authorizerErrors : {}),
    },
  };
}

function refreshPath(tables: Dataset, names: ReadonlyMap<string, string>): Member {
  const description = refreshDescription(tables);
  const lists = tables.map(({ name }) => ref('schemas', `${names.get(name)}List`));
  const outcome = (properties: Member) => ({
    type: 'object',
    required: Object.keys(properties),
    properties,
  });
  const text = { type: 'string' };
  const responses = {
    '200': {
      description: 'The list, read after the request arrived; or the outcome, if no read was due.',
      content: json({
        anyOf: [
          ...lists,
          outcome({ outcome: { const: 'idle' } }),
          outcome({ outcome: { const: 'ignored' }, reason: text }),
        ],
      }),
      headers: answerHeaders('refresh'),
    },
    '202': {
      description: 'The refresh is recorded, and will run without another request.',
      headers: { 'Retry-After': ref('headers', 'Retry-After') },
      content: json(outcome({ code: { const: 'refresh_recorded' }, message: text })),
    },
    '204': {
      description: 'The refresh is done; the list was not requested, or does not fit into one answer.',
      headers: answerHeaders('nothing'),
    },
    ...errorsOf(description),
  };
  const shared = (verb: string) => ({
    operationId: `refresh_${verb}`,
    tags: ['refresh'],
    summary: description.summary,
    security: [{ token: [] }],
    parameters: parametersOf(description),
    responses,
  });
  return {
    get: shared('retrieve'),
    post: {
      ...shared('create'),
      summary: `${description.summary}; the body may name the change`,
      requestBody: {
        required: false,
        content: {
          'application/json': {
            schema: changeSchema,
            example: {
              source: 'offload',
              ...relationOf(tables[0]),
              operation: 'UPDATE',
              transactionId: '700',
            },
          },
        },
      },
    },
  };
}

function relationOf({ relation }: Table) {
  const [schema = '', table = ''] = relation.split('.');
  return { schema, table };
}

const changeSchema = {
  type: 'object',
  description: 'A change of a table. Events of Debezium, AWS DMS and database webhooks are accepted too.',
  properties: {
    source: { const: 'offload' },
    schema: { type: 'string' },
    table: { type: 'string' },
    operation: { type: 'string', enum: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] },
    transactionId: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,18}$',
      description: '`pg_current_xact_id()::text` of the writing transaction.',
    },
  },
};

const parametersOf = ({ parameters }: EndpointDescription) =>
  parameters.map(({ in: place, required = place === 'path', ...parameter }) => ({
    ...parameter,
    in: place,
    required,
  }));

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  description,
  required: false,
  schema: { type: 'string' },
});
const conditionalParameters = [
  header('If-None-Match', 'The ETags that the client has. The answer is 304 if one of them is current.'),
  header('Cache-Control', '`no-cache`: the service revalidates its memory before it answers.'),
];

/** A description's codes by status. */
function codesByStatus({ codes }: EndpointDescription): [status: number, codes: string[]][] {
  const byStatus = new Map<number, string[]>();
  for (const code of [...codes, 'internal_error']) {
    const { status } = knownCode(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].sort(([a], [b]) => a - b);
}

const errorName = ({ answers, envelope }: EndpointDescription, status: number) =>
  `${[envelope ?? '', answers].map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')}Error${status}`;

const errorsOf = (description: EndpointDescription): Record<string, Member> =>
  Object.fromEntries(
    codesByStatus(description).map(([status]) => [
      String(status),
      ref('responses', errorName(description, status)),
    ]),
  );

/** Tables with the same envelope have the same errors. */
const oneOfEachEnvelope = (tables: Dataset) => [
  ...new Map(tables.map((table) => [table.envelope, table])).values(),
];

/** The error responses. */
const errorResponses = (description: EndpointDescription): [string, Member][] =>
  codesByStatus(description).map(([status, codes]) => [
    errorName(description, status),
    {
      description: codes.map((code) => `\`${code}\`: ${knownCode(code).when}`).join('\n\n'),
      headers: errorHeaders(status),
      content: json(errorSchema(description, status, codes)),
    },
  ]);

/** With DRF's envelope, errors of a request have DRF's shape; errors of the service have a code. */
function errorSchema({ envelope }: EndpointDescription, status: number, codes: readonly string[]): Member {
  const coded = {
    type: 'object',
    required: ['code', 'message'],
    properties: { code: { type: 'string', enum: codes }, message: { type: 'string' } },
  };
  if (envelope === undefined || status >= 500) return coded;
  const detail = { type: 'object', required: ['detail'], properties: { detail: { type: 'string' } } };
  const sentences = { type: 'array', items: { type: 'string' }, minItems: 1 };
  const ofFilters = {
    ...{ type: 'object', description: 'The messages of Django’s validation, by filter.' },
    ...{ additionalProperties: sentences, minProperties: 1 },
  };
  return { anyOf: [coded, detail, ...(status === 400 ? [ofFilters] : [])] };
}

/** @throws TypeError for a code that `errorCodes` lacks */
function knownCode(code: string) {
  const known = errorCodes[code];
  if (known === undefined) throw new TypeError(`${code} is not in errorCodes: add its status and its cause`);
  return known;
}
