const integer = { type: 'integer', minimum: 0 };
const text = { type: 'string' };

/** Every response header with a meaning specific to this service. */
const headers: Record<string, { description: string; schema: object; isOptional?: boolean }> = {
  ETag: {
    description: 'The strong validator of this representation, for `If-None-Match`.',
    schema: text,
  },
  'Cache-Control': { description: 'How long a cache may keep the answer.', schema: text },
  Vary: { description: 'The request headers that the answer depends on.', schema: text },
  Age: {
    description:
      'Seconds since the request that last validated the published version was sent; not the age of the data.',
    schema: integer,
  },
  'Last-Modified': { description: 'When the content was published.', schema: text },
  'Snapshot-Version': { description: 'The version of the content.', schema: integer },
  'Total-Count': {
    description: 'The number of records in the whole list; with `count=exact`, of those that match.',
    schema: integer,
  },
  'Total-Count-If-Known': {
    description: 'Like `Total-Count`. A 304 omits it if the records of a query would have to be counted.',
    schema: integer,
    isOptional: true,
  },
  'Cache-Status': {
    description:
      'The origin of the answer (RFC 9211). `detail` is `memory`, `store` or `database`; or `stale`: a due validation or refresh failed; `frozen`: the last refresh could not read the table; `pinned`: an operator has pinned this version.',
    schema: text,
  },
  'Content-Encoding': {
    description: 'The content coding that `Accept-Encoding` selects.',
    schema: { type: 'string', enum: ['gzip', 'br'] },
    isOptional: true,
  },
  Link: {
    description: 'On a page: the URL of the next one, `<?…>; rel="next"`.',
    schema: text,
    isOptional: true,
  },
  'Retry-After': { description: 'Seconds to wait before a retry.', schema: integer },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: text },
  'Access-Control-Allow-Origin': {
    description: 'The origins whose pages may read the answer.',
    schema: text,
    isOptional: true,
  },
};

export const headerComponents = Object.fromEntries(
  Object.entries(headers).map(([name, { description, schema, isOptional = false }]) => [
    name,
    { description, required: !isOptional, schema },
  ]),
);

const named = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const ofContent = [
  'ETag',
  'Cache-Control',
  'Vary',
  'Age',
  'Last-Modified',
  'Snapshot-Version',
  'Cache-Status',
];
const ofAnswer = {
  list: [...ofContent, 'Total-Count', 'Content-Encoding', 'Link', 'Access-Control-Allow-Origin'],
  record: [...ofContent, 'Content-Encoding', 'Access-Control-Allow-Origin'],
  changes: [...ofContent, 'Total-Count', 'Content-Encoding', 'Access-Control-Allow-Origin'],
  refresh: ['Cache-Control', 'Content-Encoding'],
  nothing: ['Cache-Control', 'Snapshot-Version', 'Total-Count'],
};

export const answerHeaders = (answer: keyof typeof ofAnswer) => named(ofAnswer[answer]);

/** The headers of a 304, which does not count the records of a query. */
export function notModifiedHeaders(answer: keyof typeof ofAnswer) {
  const described = named(ofAnswer[answer]);
  if (described['Total-Count'] === undefined) return described;
  return { ...described, 'Total-Count': { $ref: '#/components/headers/Total-Count-If-Known' } };
}

export const errorHeaders = (status: number) =>
  named([
    'Cache-Control',
    ...(status === 401 ? ['WWW-Authenticate'] : []),
    ...(status === 503 ? ['Retry-After'] : []),
  ]);
