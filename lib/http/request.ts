import * as z from 'zod/mini';
import { HttpError } from './http-error.ts';

export interface HttpRequest {
  method: string;
  path: string;
  /** Whether the gateway has a route for the path. */
  routed: boolean;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** The body's bytes; empty where there is none. */
  body: Buffer;
}

const Texts = z.optional(z.nullable(z.record(z.string(), z.string())));
const shared = {
  headers: Texts,
  queryStringParameters: Texts,
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
};

/** An HTTP API's event, payload format 2.0. */
const HttpApiEvent = z.object({
  ...shared,
  version: z.literal('2.0'),
  routeKey: z.string(),
  rawPath: z.string(),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
});

/** A REST API's event, and an HTTP API's in payload format 1.0. */
const RestApiEvent = z.object({ ...shared, resource: z.string(), path: z.string(), httpMethod: z.string() });

/** Whether an event came from API Gateway, as far as one can tell before it is parsed. */
export const isHttpEvent = (event: unknown) =>
  typeof event === 'object' &&
  event !== null &&
  'requestContext' in event &&
  ('routeKey' in event || 'httpMethod' in event);

/** @throws HttpError 400 for anything but a request. */
export function parseRequest(event: unknown): HttpRequest {
  const httpApi = z.safeParse(HttpApiEvent, event);
  if (httpApi.success) {
    const { requestContext, rawPath, routeKey } = httpApi.data;
    const method = requestContext.http.method.toUpperCase();
    return { method, path: rawPath, routed: routeKey !== '$default', ...contentOf(httpApi.data) };
  }
  const restApi = z.safeParse(RestApiEvent, event);
  if (restApi.success) {
    const { httpMethod, path, resource } = restApi.data;
    const routed = resource !== '$default' && !resource.startsWith('/{');
    return { method: httpMethod.toUpperCase(), path, routed, ...contentOf(restApi.data) };
  }
  throw new HttpError(400, 'event_unknown', 'This function answers requests of API Gateway.', {
    cause: httpApi.error,
  });
}

function contentOf({
  headers,
  queryStringParameters,
  body,
  isBase64Encoded = false,
}: Pick<z.output<typeof RestApiEvent>, keyof typeof shared>) {
  return {
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    query: queryStringParameters ?? {},
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

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

/** For what must be decided of an event that may be no good otherwise. */
export const methodOf = (event: unknown) => z.safeParse(MethodOnly, event).data;
