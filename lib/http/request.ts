import * as z from '../parse.ts';
import { HttpError } from './http-error.ts';

export interface HttpRequest {
  method: string;
  /** Decoded once, without stage and base path. */
  path: string;
  /** The base of this service's URLs as the caller sees them: `https://example.com/v1`. */
  origin: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The parameters in the order sent. */
  parameters: readonly [name: string, value: string][];
  /** The last value of a repeated parameter. */
  query: ReadonlyMap<string, string>;
  /** The body's bytes; empty without a body. */
  body: Buffer;
  /** The largest response that the event's sender accepts, in bytes. */
  mostAnswerBytes: number;
  /** Set if a load balancer sent the request: whether it accepts lists of headers. */
  balancer: { hasHeaderLists: boolean } | undefined;
}

/** The parts of a request that decide the format of its answer. */
export type Caller = Pick<HttpRequest, 'headers' | 'balancer'> & { method: string | undefined };

const Texts = z.optional(z.nullable(z.record(z.string(), z.optional(z.string()))));
const TextLists = z.optional(z.nullable(z.record(z.string(), z.array(z.string()))));
const shared = {
  headers: Texts,
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
};

/** An event of an HTTP API (payload format 2.0) or a function URL. */
const Event2 = z.object({
  ...shared,
  version: z.literal('2.0'),
  rawPath: z.string(),
  rawQueryString: z.optional(z.string()),
  requestContext: z.object({
    http: z.object({ method: z.string() }),
    stage: z.optional(z.string()),
    domainName: z.optional(z.string()),
  }),
});

/** An event of a REST API, an HTTP API (payload format 1.0, with `version`), or an Application Load Balancer. */
const Event1 = z.object({
  ...shared,
  version: z.optional(z.literal('1.0')),
  path: z.string(),
  httpMethod: z.string(),
  multiValueHeaders: TextLists,
  queryStringParameters: Texts,
  multiValueQueryStringParameters: TextLists,
  requestContext: z.object({ stage: z.optional(z.string()), elb: z.optional(z.unknown()) }),
});

/** Lambda's limit for a response is 6 MB (6,291,556 bytes); headers and envelope take the rest. */
export const mostAnswerBytes = 6_291_556 - 16_384;
/** A load balancer accepts 1 MB of JSON. */
const mostBalancedBytes = 1_000_000 - 16_384;

/** Whether an event looks like an HTTP request, before it is parsed. */
export const isHttpEvent = (event: unknown) =>
  typeof event === 'object' &&
  event !== null &&
  'requestContext' in event &&
  ('rawPath' in event || 'httpMethod' in event);

/**
 * @param basePath the path prefix of an API mapping or a proxy: `/v1`
 * @throws HttpError 400 for any other event
 */
export function parseRequest(event: unknown, { basePath = '' }: { basePath?: string } = {}): HttpRequest {
  const two = z.safeParse(Event2, event);
  if (two.success) {
    const { requestContext, rawPath, rawQueryString = '', headers } = two.data;
    const { http, stage, domainName = '' } = requestContext;
    const isFunctionUrl = domainName.includes('.lambda-url.');
    const path = isFunctionUrl ? decoded(rawPath) : withoutPrefix(rawPath, stagePath(stage));
    const named = lowerCase(Object.entries(headers ?? {}));
    return {
      method: http.method.toUpperCase(),
      path: withoutPrefix(path, basePath),
      origin: originOf(named, domainName, rawPath.slice(0, rawPath.length - path.length), path, basePath),
      headers: named,
      ...queryOf(rawQueryString === '' ? [] : [...new URLSearchParams(rawQueryString)]),
      body: bodyOf(two.data),
      mostAnswerBytes,
      balancer: undefined,
    };
  }
  const one = z.safeParse(Event1, event);
  if (!one.success)
    throw new HttpError(400, 'event_unknown', 'This function answers HTTP requests.', { cause: two.error });
  const { requestContext, version, httpMethod, headers, multiValueHeaders } = one.data;
  const isBalanced = requestContext.elb !== undefined;
  const lists = Object.entries(multiValueHeaders ?? {}).map(
    ([name, values]) => [name, values.join(', ')] as const,
  );
  // An HTTP API decodes the path and includes the stage. A REST API and a load balancer leave the path encoded.
  const path =
    version === '1.0'
      ? withoutPrefix(one.data.path, stagePath(requestContext.stage))
      : decoded(one.data.path);
  const named = lowerCase([...lists, ...Object.entries(headers ?? {})]);
  // A REST API omits its stage from the path; a custom domain has none.
  const stage = named['host']?.includes('.execute-api.') ? stagePath(requestContext.stage) : '';
  const sent = listed(one.data.multiValueQueryStringParameters, one.data.queryStringParameters);
  return {
    method: httpMethod.toUpperCase(),
    path: withoutPrefix(path, basePath),
    origin: originOf(named, '', stage, path, basePath),
    headers: named,
    ...queryOf(
      isBalanced ? sent.flatMap(([name, value]) => [...new URLSearchParams(`${name}=${value}`)]) : sent,
    ),
    body: bodyOf(one.data),
    mostAnswerBytes: isBalanced ? mostBalancedBytes : mostAnswerBytes,
    balancer: isBalanced ? { hasHeaderLists: multiValueHeaders !== undefined } : undefined,
  };
}

/** @param prefix the part of the URL before the path */
function originOf(
  headers: Readonly<Record<string, string>>,
  domainName: string,
  prefix: string,
  path: string,
  basePath: string,
): string {
  const scheme = headers['x-forwarded-proto'] === 'http' ? 'http' : 'https';
  const base = path === basePath || path.startsWith(`${basePath}/`) ? basePath : '';
  return `${scheme}://${headers['host'] ?? domainName}${prefix}${base}`;
}

const stagePath = (stage = '$default') => (stage === '$default' ? '' : `/${stage}`);

function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || (path !== prefix && !path.startsWith(`${prefix}/`))) return path;
  return path.slice(prefix.length) || '/';
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new HttpError(400, 'path_invalid', 'The path is not percent-encoded UTF-8.', { cause });
  }
}

type Pairs = [name: string, value: string][];

const queryOf = (parameters: Pairs) => ({ parameters, query: new Map(parameters) });

/** Uses the lists of values if the event has them: the other member has only the last value of each name. */
function listed(lists: z.output<typeof TextLists>, texts: z.output<typeof Texts>): Pairs {
  if (lists !== undefined && lists !== null)
    return Object.entries(lists).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    );
  return present(Object.entries(texts ?? {}));
}

function present(pairs: readonly (readonly [string, string | undefined])[]): Pairs {
  const found: Pairs = [];
  for (const [name, value] of pairs) if (value !== undefined) found.push([name, value]);
  return found;
}

const lowerCase = (headers: readonly (readonly [string, string | undefined])[]) =>
  Object.fromEntries(present(headers).map(([name, value]) => [name.toLowerCase(), value]));

const noBody = Buffer.alloc(0);
const bodyOf = ({ body = '', isBase64Encoded = false }: z.output<z.ObjectParser<typeof shared>>) =>
  body ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') : noBody;

const MethodOnly = z.union([
  z.pipe(
    z.object({ httpMethod: z.string() }),
    z.transform(({ httpMethod }) => httpMethod),
  ),
  z.pipe(
    z.object({ requestContext: z.object({ http: z.object({ method: z.string() }) }) }),
    z.transform(({ requestContext }) => requestContext.http.method),
  ),
]);

const Outline = z.object({ headers: Texts, multiValueHeaders: TextLists });
const BalancedEvent = z.object({
  requestContext: z.object({ elb: z.unknown() }),
  multiValueHeaders: z.optional(z.unknown()),
});

/** Parses only the caller, so that an invalid event gets an answer too. */
export function callerOf(event: unknown): Caller {
  const outline = z.safeParse(Outline, event).data;
  const lists = Object.entries(outline?.multiValueHeaders ?? {});
  const { data: balanced } = z.safeParse(BalancedEvent, event);
  return {
    method: z.safeParse(MethodOnly, event).data?.toUpperCase(),
    headers: lowerCase([
      ...lists.map(([name, [value]]) => [name, value] as const),
      ...Object.entries(outline?.headers ?? {}),
    ]),
    balancer:
      balanced?.requestContext.elb === undefined
        ? undefined
        : { hasHeaderLists: balanced.multiValueHeaders !== undefined },
  };
}
