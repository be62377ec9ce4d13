import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What a function answered, and when; times are of `performance.now()`. */
export interface Invocation {
  /** What the handler gave, as JSON. */
  body: Buffer;
  /** The event was written to the function, which had asked for it. */
  handedOutAtMs: number;
  /** The last byte of the answer was here. */
  answeredAtMs: number;
}

export interface RuntimeApi {
  /** `host:port`, for `AWS_LAMBDA_RUNTIME_API` */
  address: string;
  /** When the function asked for its first event, by `performance.now()`: its initialisation was over. */
  initialised: Promise<number>;
  /**
   * Hands out an event as soon as the function asks for one; events wait for their turn.
   * @throws Error with what the function reported instead of an answer
   */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends whatever waits, now and later, with this error. */
  fail(error: Error): void;
  close(): Promise<void>;
}

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench';
/** As serverless.yml has it. */
const timeoutMs = 29_000;

/**
 * The Lambda Runtime API (2018-06-01) for one container, on 127.0.0.1. In Lambda, too, it is plain HTTP
 * inside the VM.
 */
export async function createRuntimeApi(): Promise<RuntimeApi> {
  const first = Promise.withResolvers<number>();
  first.promise.catch(() => {}); // not everybody asks
  const waiting: { event: Buffer; outcome: PromiseWithResolvers<Invocation> }[] = [];
  const running = new Map<string, { handedOutAtMs: number; outcome: PromiseWithResolvers<Invocation> }>();
  let asking: ServerResponse | undefined;
  let failure: Error | undefined;

  function handOut() {
    const next = asking === undefined ? undefined : waiting.shift();
    if (asking === undefined || next === undefined) return;
    const id = randomUUID();
    running.set(id, { handedOutAtMs: performance.now(), outcome: next.outcome });
    asking
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': next.event.byteLength,
        'lambda-runtime-aws-request-id': id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      })
      .end(next.event);
    asking = undefined;
  }

  function fail(error: Error) {
    failure ??= error;
    first.reject(failure);
    for (const { outcome } of [...waiting.splice(0), ...running.values()]) outcome.reject(failure);
    running.clear();
  }

  const routes: [RegExp, (response: ServerResponse, body: Buffer, id: string) => void][] = [
    [
      /^GET .*\/invocation\/next$/,
      (response) => {
        first.resolve(performance.now());
        asking = response;
        handOut();
      },
    ],
    [
      /^POST .*\/invocation\/([^/]+)\/response$/,
      (response, body, id) => {
        const answeredAtMs = performance.now();
        const { outcome, handedOutAtMs = Number.NaN } = running.get(id) ?? {};
        running.delete(id);
        outcome?.resolve({ body, handedOutAtMs, answeredAtMs });
        accept(response);
      },
    ],
    [
      /^POST .*\/invocation\/([^/]+)\/error$/,
      (response, body, id) => {
        running.get(id)?.outcome.reject(new Error(`The handler failed: ${body}`));
        running.delete(id);
        accept(response);
      },
    ],
    [
      /^POST .*\/init\/error$/,
      (response, body) => {
        fail(new Error(`The function did not start: ${body}`));
        accept(response);
      },
    ],
  ];

  async function route(request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request);
    for (const [pattern, handle] of routes) {
      const match = pattern.exec(`${request.method} ${request.url}`);
      if (match !== null) return handle(response, body, match[1] ?? '');
    }
    response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: Error) => fail(error));
  });
  server.keepAliveTimeout = 0; // the runtime client goes on using its connection, however long nobody asks
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    initialised: first.promise,
    invoke(event) {
      const outcome = Promise.withResolvers<Invocation>();
      if (failure !== undefined) return Promise.reject(failure);
      waiting.push({ event: Buffer.from(JSON.stringify(event)), outcome });
      handOut();
      return outcome.promise;
    },
    fail,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const accept = (response: ServerResponse) =>
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
