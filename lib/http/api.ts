import type { Context } from 'aws-lambda';
import { deadlineOf } from '../clock.ts';
import type { Log } from '../report.ts';
import { traceIdOf } from '../trace-id.ts';
import { findRoute, type Route } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { errorReply, type HttpReply } from './reply.ts';
import { type HttpRequest, methodOf, parseRequest } from './request.ts';

export interface ApiDeps {
  /** The path that an API mapping puts before the routes: `/v1`. */
  basePath?: string;
  nowMs: () => number;
  log: Log;
}

/** API Gateway waits 30 s for an integration. */
const mostAnswerMs = 28_000;

/** The handler of an HTTP function. Whatever happens, it answers. */
export function api(routes: readonly Route[], { basePath = '', nowMs, log }: ApiDeps) {
  function answer(request: HttpRequest, deadlineMs: number): Promise<HttpReply> {
    const { method, path, headers } = request;
    log.trace(traceIdOf(headers));
    log.note({ method });
    const route = findRoute(routes, path);
    if (route === undefined) throw new HttpError(404, 'not_found', 'There is nothing at this path.');
    const { endpoint, key } = route;
    if (!endpoint.methods.includes(method)) {
      const allow = endpoint.methods.join(', ');
      throw new HttpError(405, 'method_not_allowed', `This path answers ${allow}.`, { headers: { allow } });
    }
    return endpoint.answer(request, { key, deadlineMs });
  }

  async function answerAny(event: unknown, context: Context): Promise<HttpReply> {
    const startMs = nowMs();
    let request: HttpRequest | undefined;
    let reply: HttpReply;
    try {
      request = parseRequest(event, { basePath });
      reply = await answer(request, Math.min(deadlineOf(context, nowMs), startMs + mostAnswerMs));
    } catch (error) {
      reply = errorReply(error);
      log.report({ name: 'http.error', level: reply.statusCode >= 500 ? 'error' : 'info', cause: error });
    }
    log.end({ name: 'http.request', status: reply.statusCode, durationMs: nowMs() - startMs });
    const method = request?.method ?? methodOf(event);
    return forBalancer(request, method === 'HEAD' ? withoutBody(reply) : reply);
  }

  return (event: unknown, context: Context): Promise<HttpReply> =>
    log.run(context.awsRequestId, () => answerAny(event, context));
}

const withoutBody = ({ statusCode, headers }: HttpReply): HttpReply => ({ statusCode, headers });

/** A load balancer takes no answer without `isBase64Encoded`, and lists of headers where it has sent such. */
function forBalancer(request: HttpRequest | undefined, reply: HttpReply): HttpReply {
  if (request?.balancer === undefined) return reply;
  const answer = { isBase64Encoded: false, ...reply };
  if (!request.balancer.hasHeaderLists) return answer;
  const lists = Object.entries(reply.headers).map(([name, value]) => [name, [value]]);
  return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
}
