import middy, { type MiddlewareObj } from '@middy/core';
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

/** An invocation, as middy hands it from hook to hook. */
interface Call {
  event: unknown;
  startMs: number;
  /** Undefined until the event is parsed, and for an invalid one. */
  request?: HttpRequest;
}

type Middleware = MiddlewareObj<Call, HttpReply>;

/** The middleware stack of all HTTP functions. It answers every event. */
export function api(routes: readonly Route[], deps: ApiDeps) {
  const { basePath = '', corsOrigins, nowMs, log } = deps;
  const answer = answerBy(routes, deps);
  // Each endpoint has its own deadline. middy's timer is off, because it adds 3 ms to a container's first request.
  const handle = middy<Call, HttpReply>({ timeoutEarlyInMillis: 0 })
    .use(shapeForCaller(corsOrigins))
    .use(reportRequests(deps))
    .use(answerErrors(log))
    .handler((call, context) => {
      call.request = parseRequest(call.event, { basePath });
      return answer(call.request, context);
    });
  return (event: unknown, context: Context): Promise<HttpReply> =>
    log.run(context.awsRequestId, () => handle({ event, startMs: nowMs() }, context));
}

/** middy runs `after` for answers, and `onError` for errors that became answers. */
const afterAll = (hook: NonNullable<Middleware['after']>): Middleware => ({ after: hook, onError: hook });

const shapeForCaller = (corsOrigins: CorsOrigins | undefined): Middleware =>
  afterAll((call) => {
    if (!call.response) return;
    const { method, headers, balancer } = call.event.request ?? callerOf(call.event.event);
    const shared =
      corsOrigins === undefined
        ? call.response
        : shareWithPages(call.response, headers['origin'], corsOrigins);
    call.response = forBalancer(balancer, method === 'HEAD' ? withoutBody(shared) : shared);
  });

const reportRequests = ({ nowMs, log }: ApiDeps): Middleware =>
  afterAll((call) => {
    const durationMs = nowMs() - call.event.startMs;
    log.end({ name: 'http.request', status: call.response?.statusCode, durationMs });
  });

const answerErrors = (log: Log): Middleware => ({
  onError: (call) => {
    call.response = errorReply(call.error);
    const level = call.response.statusCode >= 500 ? 'error' : 'info';
    log.report({ name: 'http.error', level, cause: call.error });
  },
});

/** @throws HttpError for an unknown path or method; the endpoint's error */
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
