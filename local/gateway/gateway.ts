import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Invoke, LambdaRefusal } from '../lambda/invocation.ts';
import { reply, serve, type WholeRequest } from '../serve.ts';
import { httpEvent, rawPathOf } from './http-event.ts';
import { type HttpReply, httpReply } from './http-reply.ts';
import { matchRoute, type Route } from './routes.ts';

/** The limits of an HTTP API. */
const awsLimits = { maxRequestBytes: 10 * 1024 * 1024, maxHeaderBytes: 10_240, integrationMs: 30_000 };

/**
 * Starts API Gateway's HTTP API on 127.0.0.1. It converts a request to an event of payload format 2.0, and the function's
 * result to the answer. This folder and local/lambda/ have 1,100 lines; `serverless-offline` 14.8 has 144 packages
 * (`npm install --dry-run serverless-offline`).
 * @param port 0 takes a free one
 */
export async function startGateway({
  port,
  routes,
  invoke,
  limits = awsLimits,
}: {
  port: number;
  routes: readonly Route[];
  invoke: Invoke;
  limits?: typeof awsLimits;
}) {
  async function answer(request: WholeRequest, response: ServerResponse) {
    const match = matchRoute(routes, request.method, rawPathOf(request.url));
    if (match === undefined) return reply(response, 404, 'Not Found');
    const about = { nowMs: Date.now(), requestId: randomUUID(), port: server.port };
    const event = JSON.stringify(httpEvent(request, match, about));
    const outcome = await within(limits.integrationMs, invoke(match.functionName, event)).catch(refused);
    if (typeof outcome === 'number') return reply(response, outcome, sentences[outcome] ?? '');
    const answered = outcome.functionError === undefined ? httpReply(outcome.payload) : undefined;
    if (answered === undefined) return reply(response, 500, 'Internal Server Error');
    return send(response, request.method, answered);
  }
  const server = await serve(port, limits, answer);
  return server;
}

const sentences: Record<number, string> = { 413: 'Request Entity Too Large', 503: 'Service Unavailable' };

/** @returns the status of API Gateway's answer if Lambda rejects an event */
function refused(error: unknown): number {
  if (error instanceof LambdaRefusal) return error.status === 413 ? 413 : 503;
  throw error;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | 503> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<503>((resolve) => {
    timer = setTimeout(() => resolve(503), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function send(response: ServerResponse, method: string, { status, headers, body }: HttpReply) {
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  // For a response without a body, the function's own content-length stays.
  const kept = hasBody ? withoutLength(headers).concat('content-length', String(body.length)) : headers;
  response.writeHead(status, kept);
  response.end(hasBody ? body : undefined);
}

const withoutLength = (headers: string[]) =>
  headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== 'content-length');
