import type { IncomingMessage, ServerResponse } from 'node:http';
import { adminReply } from './admin.ts';
import type { createAnswer } from './answer-call.ts';
import { ApiError } from './api-error.ts';
import type { Call } from './call.ts';
import { toApiError } from './database-error.ts';
import { ConnectionReset } from './fault-effects.ts';
import type { Faults } from './faults.ts';
import { errorReply, type Reply, readBody, send } from './http-exchange.ts';
import { type Operation, type OperationName, operations } from './operation.ts';
import type { StatsCounter } from './stats.ts';

/** One call that was answered. */
export interface CallEvent {
  operation: OperationName;
  status: number;
  durationMs: number;
  responseBytes: number;
  /** The client's error. Its `cause` is for the log only. */
  error?: ApiError;
  /** A warning for the log: the call succeeded, but the caller may have lost data. */
  warning?: string;
}

/** Serves one HTTP request: reads it, answers it, and counts and logs the call. */
export function createRequestHandler({
  answer,
  faults,
  stats,
  maxRequestBytes,
  log,
}: {
  answer: ReturnType<typeof createAnswer>;
  faults: Faults;
  stats: StatsCounter;
  maxRequestBytes: number;
  log: (event: CallEvent) => void;
}) {
  async function replyTo(request: IncomingMessage, operation: Operation | undefined, call: Call) {
    const route = `${request.method} ${request.url}`;
    const body = await readBody(request, maxRequestBytes);
    const admin = adminReply(route, body, { faults, stats });
    if (admin !== undefined) return admin;
    if (operation === undefined) throw unknownOperation(route);
    return { status: 200, body: await answer(operation, request.headers, body, call) };
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
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
  };
}

function unknownOperation(route: string) {
  if (route !== 'POST /ExecuteSql')
    return new ApiError('UnknownOperationException', `Unknown operation: ${route}`);
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
