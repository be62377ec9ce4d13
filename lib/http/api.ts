import type { Context } from 'aws-lambda';
import { deadlineOf } from '../clock.ts';
import type { Log } from '../report.ts';
import { traceIdOf } from '../trace-id.ts';
import { type CorsOrigins, optionsReply, shareWithPages } from './cors.ts';
import { findRoute, type Route } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { errorReply, type HttpReply } from './reply.ts';
import { callerOf, type HttpRequest, parseRequest } from './request.ts';

export interface ApiDeps {
  /** The path that an API mapping puts before the routes: `/v1`. */
  basePath?: string;
  /** Origins whose pages may read answers and errors; undefined: only the API's own origin. */
  corsOrigins?: CorsOrigins | undefined;
  /** The gateway has an authorizer: pages may send the headers that it reads. */
  isPrivate?: boolean;
  nowMs: () => number;
  log: Log;
}

/** API Gateway's integration timeout is 30 s. */
const mostAnswerMs = 28_000;

/** The way of every request through an HTTP function, which answers every event. */
export function api(routes: readonly Route[], deps: ApiDeps) {
  const { basePath = '', corsOrigins, nowMs, log } = deps;
  const answer = answerBy(routes, deps);

  async function handle(event: unknown, context: Context): Promise<HttpReply> {
    const startMs = nowMs();
    let request: HttpRequest | undefined;
    let reply: HttpReply;
    try {
      request = parseRequest(event, { basePath });
      reply = await answer(request, context);
    } catch (cause) {
      reply = errorReply(cause);
      log.report({ name: 'http.error', level: reply.statusCode >= 500 ? 'error' : 'info', cause });
    }
    log.end({ name: 'http.request', status: reply.statusCode, durationMs: nowMs() - startMs });
    const { method, headers, balancer } = request ?? callerOf(event);
    if (corsOrigins !== undefined) reply = shareWithPages(reply, headers['origin'], corsOrigins);
    return forBalancer(balancer, method === 'HEAD' ? withoutBody(reply) : reply);
  }
  return (event: unknown, context: Context): Promise<HttpReply> =>
    log.run(context.awsRequestId, () => handle(event, context));
}

/** @throws HttpError for an unknown path or another method; whatever the endpoint throws */
function answerBy(
  routes: readonly Route[],
  { corsOrigins, isPrivate = false, nowMs, log }: ApiDeps,
): (request: HttpRequest, context: Context) => Promise<HttpReply> {
  return async (request, context) => {
    const { method, path, headers } = request;
    log.trace(traceIdOf(headers));
    log.note({ method });
    const route = findRoute(routes, path);
    if (route === undefined) throw new HttpError(404, 'not_found', 'This path does not exist.');
    const { endpoint, key } = route;
    const isShared = corsOrigins !== undefined;
    if (method === 'OPTIONS' && isShared) return optionsReply(endpoint.methods, { isPrivate });
    if (!endpoint.methods.includes(method)) {
      const allow = [...endpoint.methods, ...(isShared ? ['OPTIONS'] : [])].join(', ');
      throw new HttpError(405, 'method_not_allowed', `This path answers ${allow}.`, { headers: { allow } });
    }
    const deadlineMs = Math.min(deadlineOf(context, nowMs), nowMs() + mostAnswerMs);
    return endpoint.answer(request, { key, deadlineMs });
  };
}

const withoutBody = ({ statusCode, headers }: HttpReply): HttpReply => ({ statusCode, headers });

/** A load balancer requires `isBase64Encoded`, and lists of headers if its event has lists. */
function forBalancer(balancer: HttpRequest['balancer'], reply: HttpReply): HttpReply {
  if (balancer === undefined) return reply;
  const answer = { isBase64Encoded: false, ...reply };
  if (!balancer.hasHeaderLists) return answer;
  const lists = Object.entries(reply.headers).map(([name, value]) => [name, [value]]);
  return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
}
