import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { serve, type WholeRequest } from '../serve.ts';
import type { EventQueue } from './event-queue.ts';
import { type Invoke, LambdaRefusal, maxAsynchronousBytes } from './invocation.ts';
import type { FunctionDefinition } from './service.ts';

const InvocationType = z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse');

/**
 * Starts Lambda's Invoke on 127.0.0.1, for the SDK and `aws lambda invoke`. `GET /failed-events` lists events whose
 * retries all failed.
 * @param port 0 takes a free one
 */
export function startInvokeEndpoint({
  port,
  functions,
  invoke,
  queue,
}: {
  port: number;
  functions: readonly Pick<FunctionDefinition, 'name' | 'maxRetries'>[];
  invoke: Invoke;
  queue: EventQueue;
}) {
  async function answer(request: WholeRequest, response: ServerResponse) {
    if (request.method === 'GET' && request.url === '/failed-events')
      return send(response, 200, JSON.stringify(queue.failed(), null, 2));
    try {
      return await call(request, response);
    } catch (error) {
      if (!(error instanceof LambdaRefusal)) throw error;
      const body = JSON.stringify({ Type: 'User', message: error.message, Message: error.message });
      return send(response, error.status, body, { 'x-amzn-errortype': error.type });
    }
  }

  async function call({ method, url, headers, body }: WholeRequest, response: ServerResponse) {
    const called = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/.exec(url)?.[1];
    if (method !== 'POST' || called === undefined)
      throw new LambdaRefusal(404, 'UnknownOperationException', `Unknown operation: ${method} ${url}`);
    const target = functionOf(called.replaceAll(/%3A/gi, ':').replaceAll('%24', '$'));
    const type = InvocationType.safeParse(headers['x-amz-invocation-type']);
    if (!type.success)
      throw new LambdaRefusal(
        400,
        'InvalidParameterValueException',
        'X-Amz-Invocation-Type must be RequestResponse, Event or DryRun',
      );
    const event = jsonOf(body.length === 0 ? '{}' : body.toString());
    const requestId = randomUUID();
    const ids = { 'x-amzn-requestid': requestId };
    if (type.data === 'DryRun') return send(response, 204, '', ids);
    if (type.data === 'Event') {
      if (body.length > maxAsynchronousBytes)
        throw new LambdaRefusal(
          413,
          'RequestTooLargeException',
          `The event has ${body.length} bytes; an asynchronous event has at most ${maxAsynchronousBytes}`,
        );
      queue.accept(target.name, event, requestId, target.maxRetries);
      return send(response, 202, '', ids);
    }
    const clientContext = contextOf(headers['x-amz-client-context']);
    const { payload, functionError } = await invoke(target.name, event, {
      requestId,
      ...(clientContext === undefined ? {} : { clientContext }),
    });
    return send(response, 200, payload, {
      ...ids,
      'x-amz-executed-version': '$LATEST',
      ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
    });
  }

  /** @param called a name, or an ARN in any form that ends with it, with or without a version */
  function functionOf(called: string) {
    const name = /^(?:.*function:)?([\w-]+)(?::[\w$-]+)?$/.exec(called)?.[1];
    const target = functions.find((one) => one.name === name);
    if (target === undefined)
      throw new LambdaRefusal(404, 'ResourceNotFoundException', `Function not found: ${called}`);
    return target;
  }

  return serve(port, { maxRequestBytes: 8 * 1024 * 1024 }, answer);
}

function jsonOf(text: string) {
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LambdaRefusal(
      400,
      'InvalidRequestContentException',
      `Could not parse request body into json: ${why}`,
    );
  }
}

const contextOf = (header: string | string[] | undefined) =>
  typeof header === 'string' ? jsonOf(Buffer.from(header, 'base64').toString()) : undefined;

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(body);
  const length = status === 204 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  response.end(bytes);
}
