import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';

/** What a request may say to an endpoint, for its documents too. */
export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  description: string;
  /** JSON Schema of the value. */
  schema: Readonly<Record<string, unknown>>;
  required?: boolean;
  /** How a list or an object is written (OpenAPI). */
  style?: 'form';
  explode?: boolean;
  /** What a form begins with. */
  example?: unknown;
}

/** What is known of a request besides what the client has sent. */
export interface Call {
  /** What the path has in place of `{key}`; empty where the route has none. */
  key: string;
  /** By the clock: when the answer must be on its way. */
  deadlineMs: number;
}

/** What an endpoint is, for its documents. */
export interface EndpointDescription {
  summary: string;
  parameters: readonly Parameter[];
  /** What a successful answer is. */
  answers: 'list' | 'record' | 'changes' | 'refresh';
  /** Undefined: errors are `{"code","message"}`. */
  envelope?: 'drf';
  /** Of every error that it may answer, besides those that any request may meet. */
  codes: readonly string[];
}

/** What answers at one path, free of Lambda and API Gateway. */
export interface Endpoint {
  methods: readonly string[];
  answer(request: HttpRequest, call: Call): Promise<HttpReply>;
}

export const readMethods = ['GET', 'HEAD'] as const;

export interface Route {
  /** `/topics/`, or with a key `/topics/{key}/`: the last slash may be left out of a request. */
  path: string;
  endpoint: Endpoint;
}

/**
 * The route of a path. A key is all that follows, slashes too, but for one at the end.
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
