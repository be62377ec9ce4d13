import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { adminReply } from './admin.ts';
import { createAnswer } from './answer-call.ts';
import { ApiError } from './api-error.ts';
import type { Call } from './call.ts';
import { createConnections } from './connections.ts';
import { toApiError } from './database-error.ts';
import { ConnectionReset } from './fault-effects.ts';
import { createFaults, type Faults } from './faults.ts';
import type { FractionDigits } from './field-json.ts';
import { errorReply, type Reply, readBody, send } from './http-exchange.ts';
import { awsLimits, type Limits } from './limits.ts';
import { type Operation, type OperationName, operations } from './operation.ts';
import { createStats, type Stats } from './stats.ts';
import { createTransactions } from './transactions.ts';

export interface DataApiServerOptions {
  /** `postgres://user:password@host:port/database`; the database is the one for calls that name none. */
  databaseUrl: string;
  /** The default, 0, takes a free port. */
  port?: number;
  resourceArn: string;
  secretArn: string;
  /** The defaults are those of AWS. */
  limits?: Partial<Limits>;
  /** How the fraction of a second is written. The default is `grouped`. */
  fractionDigits?: FractionDigits;
  log?: (event: CallEvent) => void;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface DataApiServer {
  url: string;
  port: number;
  faults: Faults;
  readonly stats: Stats;
  resetStats(): void;
  /** Stops within 5 seconds: aborts running statements and rolls open transactions back. */
  close(): Promise<void>;
}

/** One call that was answered. */
export interface CallEvent {
  operation: OperationName;
  status: number;
  durationMs: number;
  responseBytes: number;
  /** The client's error. Its `cause` is for the log only. */
  error?: ApiError;
  /** The call succeeded, and its caller may have lost something: a sentence for the log. */
  warning?: string;
}

/**
 * Starts a Data API on 127.0.0.1. PostgreSQL may start later.
 *
 * @throws the error of `node:net` when the port cannot be opened.
 */
export async function createDataApiServer({
  databaseUrl,
  port = 0,
  resourceArn,
  secretArn,
  limits: someLimits,
  fractionDigits = 'grouped',
  log = () => {},
  now = Date.now,
}: DataApiServerOptions): Promise<DataApiServer> {
  const limits = { ...awsLimits, ...someLimits };
  const connections = createConnections(databaseUrl);
  const transactions = createTransactions({ connections, limits });
  const faults = createFaults(now);
  const stats = createStats(transactions.openCount);
  const on = { connections, transactions, limits, fractionDigits };
  const answer = createAnswer({ cluster: { resourceArn, secretArn }, faults, on, now });
  const inFlight = new Set<Promise<void>>();

  async function replyTo(request: IncomingMessage, operation: Operation | undefined, call: Call) {
    const route = `${request.method} ${request.url}`;
    const body = await readBody(request, limits.maxRequestBytes);
    const admin = adminReply(route, body, { faults, stats });
    if (admin !== undefined) return admin;
    if (operation === undefined) throw unknownOperation(route);
    return { status: 200, body: await answer(operation, request.headers, body, call) };
  }

  async function exchange(request: IncomingMessage, response: ServerResponse) {
    const startedMs = performance.now();
    const signal = goneSignal(response);
    const operation = request.method === 'POST' ? operations.get(request.url ?? '') : undefined;
    if (operation !== undefined) stats.called(operation.name);

    let warning: string | undefined;
    const warn = (sentence: string) => {
      warning = sentence;
    };
    const outcome = await replyTo(request, operation, { signal, warn }).then(
      (reply): Outcome => ({ reply }),
      failed,
    );
    if (signal.aborted) return;
    if (outcome === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const responseBytes = send(response, outcome.reply);
    if (operation === undefined) return;
    stats.answered(responseBytes);
    log({
      operation: operation.name,
      status: outcome.reply.status,
      durationMs: performance.now() - startedMs,
      responseBytes,
      ...(outcome.error && { error: outcome.error }),
      ...(warning !== undefined && { warning }),
    });
  }

  const server = createServer((request, response) => {
    const exchanging = exchange(request, response).finally(() => inFlight.delete(exchanging));
    inFlight.add(exchanging);
  });
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = requestTimeoutMs;
  server.maxConnections = maxClientConnections;
  const boundPort = await listen(server, port);

  return {
    url: `http://127.0.0.1:${boundPort}`,
    port: boundPort,
    faults,
    get stats() {
      return stats.read();
    },
    resetStats: stats.reset,
    async close() {
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      server.closeAllConnections();
      await connections.close();
      await Promise.all([closed, ...inFlight]);
    },
  };
}

/** Longer than clients pause between calls: a call that meets the end of its idle connection fails. */
const keepAliveMs = 75_000;

/** How long a client may take to send a request. */
const requestTimeoutMs = 60_000;
const maxClientConnections = 1_000;

function unknownOperation(route: string) {
  if (route !== 'POST /ExecuteSql') return new ApiError('UnknownOperationException', `There is no ${route}`);
  return new ApiError('BadRequestException', 'ExecuteSql is not supported: use ExecuteStatement');
}

/** How a request ends: with a reply, or with a reset of its connection. */
type Outcome = { reply: Reply; error?: ApiError } | 'reset';

function failed(cause: unknown): Outcome {
  if (cause instanceof ConnectionReset) return 'reset';
  const error = toApiError(cause);
  return { reply: errorReply(error), error };
}

/** Aborted when the response can no longer be delivered. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
