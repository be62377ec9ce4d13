import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';

/** A parameter of an endpoint, for the documents. */
export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  description: string;
  /** JSON Schema of the value. */
  schema: Readonly<Record<string, unknown>>;
  required?: boolean;
  /** The serialization of a list or an object (OpenAPI). */
  style?: 'form';
  explode?: boolean;
  /** The initial value of a form field. */
  example?: unknown;
}

/** What an endpoint gets besides the request. */
export interface Call {
  /** The part of the path that matches `{key}`; empty if the route has none. */
  key: string;
  /** When the answer must be sent, by the clock. */
  deadlineMs: number;
}

/** The description of an endpoint, for the documents. */
export interface EndpointDescription {
  summary: string;
  parameters: readonly Parameter[];
  /** The content of a successful answer. */
  answers: 'list' | 'record' | 'changes' | 'refresh';
  /** Undefined: errors are `{"code","message"}`. */
  envelope?: 'drf';
  /** Every error code of this endpoint, except those that any request may get. */
  codes: readonly string[];
}

/** Answers one path, independent of Lambda and API Gateway. */
export interface Endpoint {
  methods: readonly string[];
  answer(request: HttpRequest, call: Call): Promise<HttpReply>;
}

export const readMethods = ['GET', 'HEAD'] as const;

export interface Route {
  /** `/topics/`, or with a key `/topics/{key}/`. A request may omit the last slash. */
  path: string;
  endpoint: Endpoint;
}

/**
 * Finds the route of a path. A key is the whole rest of the path, slashes included, without a last slash.
 * @param path decoded
 */
export function findRoute(
  routes: readonly Route[],
  path: string,
): { endpoint: Endpoint; key: string } | undefined {
  for (const { path: template, endpoint } of routes) {
    const [prefix = '', after] = template.split('{key}');
    if (after === undefined && (path === prefix || `${path}/` === prefix)) return { endpoint, key: '' };
    if (after !== undefined && path.startsWith(prefix) && path !== prefix)
      return { endpoint, key: path.slice(prefix.length).replace(/\/$/, '') };
  }
  return undefined;
}
