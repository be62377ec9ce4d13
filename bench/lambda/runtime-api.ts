import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { serve } from '../../local/serve.ts';

/** The response of a function; times are of `performance.now()`. */
export interface Invocation {
  /** What the handler returned, as JSON. */ body: Buffer;
  /** The event was written to the function. */
  handedOutAtMs: number;
  /** The time at which the last byte of the response arrived. */
  answeredAtMs: number;
}

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench';
const timeoutMs = 29_000;
const maxRequestBytes = 16 * 1024 * 1024;

/** The Lambda Runtime API (2018-06-01) for one container, on 127.0.0.1. In Lambda it is plain HTTP inside the VM as well. */
export async function createRuntimeApi() {
  let waiting: { event: Buffer; outcome: PromiseWithResolvers<Invocation> } | undefined;
  let running: { id: string; handedOutAtMs: number; outcome: PromiseWithResolvers<Invocation> } | undefined;
  let asking: ServerResponse | undefined;
  let failure: Error | undefined;

  function handOut() {
    if (asking === undefined || waiting === undefined) return;
    const { event, outcome } = waiting;
    running = { id: randomUUID(), handedOutAtMs: performance.now(), outcome };
    asking
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': event.byteLength,
        'lambda-runtime-aws-request-id': running.id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      })
      .end(event);
    asking = waiting = undefined;
  }

  function fail(error: Error) {
    failure ??= error;
    waiting?.outcome.reject(error);
    running?.outcome.reject(error);
    waiting = running = undefined;
  }

  const server = await serve(0, { maxRequestBytes }, ({ method, url, body }, response) => {
    const answeredAtMs = performance.now();
    const [, id, kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (method === 'GET') {
      asking = response; // kept for the next event
      return handOut();
    }
    if (url.endsWith('/init/error')) fail(new Error(`The function did not start: ${body}`));
    else if (id !== undefined && id === running?.id) {
      const { handedOutAtMs, outcome } = running;
      running = undefined;
      if (kind === 'error') outcome.reject(new Error(`The handler failed: ${body}`));
      else outcome.resolve({ body, handedOutAtMs, answeredAtMs });
    }
    return response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  });

  return {
    /** `host:port`, for `AWS_LAMBDA_RUNTIME_API` */
    address: new URL(server.url).host,
    /** Sends an event when the function polls for one. @throws Error with the function's error report */
    async invoke(event: unknown): Promise<Invocation> {
      if (failure !== undefined) throw failure;
      const outcome = Promise.withResolvers<Invocation>();
      waiting = { event: Buffer.from(JSON.stringify(event)), outcome };
      handOut();
      return outcome.promise;
    },
    /** Rejects all pending and later calls with this error. */
    fail,
    stop: server.stop,
  };
}
