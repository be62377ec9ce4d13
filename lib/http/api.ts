import middy, { type MiddlewareObj } from '@middy/core';
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

type Middleware = MiddlewareObj<unknown, HttpReply>;

/** The middleware stack of all HTTP functions. It answers every event. */
export function api(routes: readonly Route[], deps: ApiDeps) {
  const { basePath = '', corsOrigins, isPrivate = false, nowMs, log } = deps;
  const handle = middy<unknown, HttpReply>()
    .use(shapeForCaller)
    .use(answerPages(corsOrigins))
    .use(reportRequests(deps))
    .use(answerErrors(deps))
    .handler(async (event, context) => {
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
    });
  return (event: unknown, context: Context): Promise<HttpReply> =>
    log.run(context.awsRequestId, () => handle(event, context));
}

/** middy runs `after` for answers, and `onError` for errors that became answers. */
const afterAll = (hook: NonNullable<Middleware['after']>): Middleware => ({ after: hook, onError: hook });

const shapeForCaller: Middleware = afterAll((call) => {
  if (!call.response) return;
  const reply = methodOf(call.event) === 'HEAD' ? withoutBody(call.response) : call.response;
  call.response = forBalancer(balancerOf(call.event), reply);
});

const answerPages = (origins: CorsOrigins | undefined): Middleware =>
  afterAll((call) => {
    if (origins === undefined || !call.response) return;
    call.response = shareWithPages(call.response, headerOf(call.event, 'origin'), origins);
  });

function reportRequests({ nowMs, log }: ApiDeps): Middleware {
  /** Keyed by middy's object for each invocation: several may be in progress. */
  const startMs = new WeakMap<object, number>();
  return {
    before: (call) => void startMs.set(call, nowMs()),
    ...afterAll((call) => {
      const durationMs = nowMs() - (startMs.get(call) ?? nowMs());
      log.end({ name: 'http.request', status: call.response?.statusCode, durationMs });
    }),
  };
}

const answerErrors = ({ log }: ApiDeps): Middleware => ({
  onError: (call) => {
    call.response = errorReply(call.error);
    const level = call.response.statusCode >= 500 ? 'error' : 'info';
    log.report({ name: 'http.error', level, cause: call.error });
  },
});

const withoutBody = ({ statusCode, headers }: HttpReply): HttpReply => ({ statusCode, headers });

/** A load balancer requires `isBase64Encoded`, and lists of headers if its event has lists. */
function forBalancer(balancer: ReturnType<typeof balancerOf>, reply: HttpReply): HttpReply {
  if (balancer === undefined) return reply;
  const answer = { isBase64Encoded: false, ...reply };
  if (!balancer.hasHeaderLists) return answer;
  const lists = Object.entries(reply.headers).map(([name, value]) => [name, [value]]);
  return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
}
