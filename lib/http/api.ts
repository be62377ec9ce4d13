import type { Context } from 'aws-lambda';
import { deadlineOf } from '../clock.ts';
import type { Log } from '../report.ts';
import { traceIdOf } from '../trace-id.ts';
import { type CorsOrigins, optionsReply, shareWithPages } from './cors.ts';
import { findRoute, type Route } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { errorReply, type HttpReply } from './reply.ts';
import { balancerOf, headerOf, methodOf, parseRequest } from './request.ts';

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
  const { corsOrigins, nowMs, log } = deps;
  const replyTo = routed(routes, deps);

  async function handle(event: unknown, context: Context): Promise<HttpReply> {
    const startMs = nowMs();
    const reply = await replyTo(event, context).catch((cause: unknown) => {
      const refusal = errorReply(cause);
      log.report({ name: 'http.error', level: refusal.statusCode >= 500 ? 'error' : 'info', cause });
      return refusal;
    });
    log.end({ name: 'http.request', status: reply.statusCode, durationMs: nowMs() - startMs });
    const shared =
      corsOrigins === undefined ? reply : shareWithPages(reply, headerOf(event, 'origin'), corsOrigins);
    return forBalancer(balancerOf(event), methodOf(event) === 'HEAD' ? withoutBody(shared) : shared);
  }
  return (event: unknown, context: Context): Promise<HttpReply> =>
    log.run(context.awsRequestId, () => handle(event, context));
}

/** @throws HttpError for an invalid event, an unknown path, another method; whatever the endpoint throws */
function routed(
  routes: readonly Route[],
  { basePath = '', corsOrigins, isPrivate = false, nowMs, log }: ApiDeps,
) {
  return async (event: unknown, context: Context): Promise<HttpReply> => {
    const request = parseRequest(event, { basePath });
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
function forBalancer(balancer: ReturnType<typeof balancerOf>, reply: HttpReply): HttpReply {
  if (balancer === undefined) return reply;
  const answer = { isBase64Encoded: false, ...reply };
  if (!balancer.hasHeaderLists) return answer;
  const lists = Object.entries(reply.headers).map(([name, value]) => [name, [value]]);
  return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
}
