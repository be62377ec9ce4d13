import middy, { type MiddlewareObj } from '@middy/core';
import { deadlineOf } from '../clock.ts';
import type { Log } from '../report.ts';
import { HttpError } from './http-error.ts';
import { errorReply, type HttpReply } from './reply.ts';
import { type HttpRequest, methodOf, parseRequest } from './request.ts';

/** One HTTP endpoint, free of Lambda and API Gateway. */
export interface Endpoint {
  methods: readonly string[];
  /** @param deadlineMs by the clock: when the answer must be on its way */
  answer(request: HttpRequest, deadlineMs: number): Promise<HttpReply>;
}

export interface ApiDeps {
  nowMs: () => number;
  log: Log;
}

type Middleware = MiddlewareObj<unknown, HttpReply>;

/** The one stack of all HTTP functions. */
export function api({ methods, answer }: Endpoint, deps: ApiDeps) {
  const { nowMs, log } = deps;
  return middy<unknown, HttpReply>()
    .use(reportRequests(deps))
    .use(withoutBodyForHead)
    .use(answerErrors(deps))
    .handler(async (event, context) => {
      const request = parseRequest(event);
      log.note({ method: request.method });
      if (!request.routed) throw new HttpError(404, 'not_found', 'There is nothing at this path.');
      if (!methods.includes(request.method)) {
        const allow = methods.join(', ');
        throw new HttpError(405, 'method_not_allowed', `This path answers ${allow}.`, { headers: { allow } });
      }
      return answer(request, deadlineOf(context, nowMs));
    });
}

function reportRequests({ nowMs, log }: ApiDeps): Middleware {
  let startMs = 0;
  const end: Middleware['after'] = ({ response }) => {
    log.end({ name: 'http.request', status: response?.statusCode, durationMs: nowMs() - startMs });
  };
  return {
    before: ({ context }) => {
      startMs = nowMs();
      log.begin(context.awsRequestId);
    },
    ...afterAll(end),
  };
}

const withoutBodyForHead: Middleware = afterAll((request) => {
  if (!request.response || methodOf(request.event) !== 'HEAD') return;
  const { statusCode, headers } = request.response;
  request.response = { statusCode, headers };
});

/** middy runs `after` for answers and `onError` for errors that have become answers. */
function afterAll(hook: NonNullable<Middleware['after']>): Middleware {
  return { after: hook, onError: hook };
}

const answerErrors = ({ log }: ApiDeps): Middleware => ({
  onError: (request) => {
    request.response = errorReply(request.error);
    const level = request.response.statusCode >= 500 ? 'error' : 'info';
    log.report({ name: 'http.error', level, cause: request.error });
  },
});
