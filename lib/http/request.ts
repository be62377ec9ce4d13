import * as z from 'zod/mini';
import { HttpError } from './http-error.ts';

/** What is used of an API Gateway HTTP API event (payload format 2.0). */
const HttpEvent = z.object({
  version: z.literal('2.0'),
  routeKey: z.string(),
  rawPath: z.string(),
  headers: z.optional(z.record(z.string(), z.string())),
  queryStringParameters: z.optional(z.nullable(z.record(z.string(), z.string()))),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
});

export interface HttpRequest {
  method: string;
  path: string;
  /** `$default` for a path that no route names. */
  routeKey: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** The body's bytes; empty where there is none. */
  body: Buffer;
}

/** Whether an event came from API Gateway, as far as one can tell before it is parsed. */
export const isHttpEvent = (event: unknown) =>
  typeof event === 'object' && event !== null && 'requestContext' in event && 'routeKey' in event;

/** @throws HttpError 400 for anything but an HTTP API event. */
export function parseRequest(event: unknown): HttpRequest {
  const { success, data, error } = z.safeParse(HttpEvent, event);
  if (!success)
    throw new HttpError(400, 'event_unknown', 'This function answers HTTP API events, payload format 2.0.', {
      cause: error,
    });
  const {
    routeKey,
    rawPath,
    headers = {},
    queryStringParameters,
    requestContext,
    body,
    isBase64Encoded = false,
  } = data;
  return {
    method: requestContext.http.method.toUpperCase(),
    path: rawPath,
    routeKey,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    query: queryStringParameters ?? {},
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

const MethodOnly = z.object({ requestContext: z.object({ http: z.object({ method: z.string() }) }) });

/** For what must be decided of an event that may be no good otherwise. */
export const methodOf = (event: unknown) => z.safeParse(MethodOnly, event).data?.requestContext.http.method;
