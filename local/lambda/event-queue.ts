import { type Invoke, LambdaRefusal, type Outcome } from './invocation.ts';

/** The message that Lambda sends to a destination of failed events. */
export interface FailedEvent {
  version: '1.0';
  timestamp: string;
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: 'RetriesExhausted';
    approximateInvokeCount: number;
  };
  requestPayload: unknown;
  responseContext: { statusCode: number; executedVersion: '$LATEST'; functionError: string };
  responsePayload: unknown;
}

/** AWS's delays: one minute before the first retry, two before the second. */
export const awsRetryDelaysMs = [60_000, 120_000];
const mostWaiting = 1_000;
/** The most failed events in `failed`. */
const mostKept = 100;

/**
 * Runs asynchronous invocations, and retries them after errors.
 * @param onFailed receives an event whose last try failed
 */
export function createEventQueue({
  invoke,
  retryDelaysMs,
  sleep,
  onFailed,
}: {
  invoke: Invoke;
  /** The delays before the first retry, the second, and so on. */
  retryDelaysMs: readonly number[];
  sleep: (ms: number) => Promise<unknown>;
  onFailed: (event: FailedEvent) => void;
}) {
  /** The latest failed events, oldest first. */
  const failed: FailedEvent[] = [];
  let waiting = 0;

  async function work(functionName: string, event: string, requestId: string, maxRetries: number) {
    for (let tries = 1; ; tries += 1) {
      const outcome = await invoke(functionName, event, { requestId }).catch(refusal);
      if (outcome.functionError === undefined) return;
      const delayMs = retryDelaysMs[tries - 1];
      if (tries > maxRetries || delayMs === undefined) {
        keep(failedEvent(functionName, event, requestId, tries, outcome));
        return;
      }
      await sleep(delayMs);
    }
  }

  function keep(event: FailedEvent) {
    failed.push(event);
    if (failed.length > mostKept) failed.shift();
    onFailed(event);
  }

  return {
    failed: (): readonly FailedEvent[] => failed,
    /** @throws LambdaRefusal while `mostWaiting` events are waiting */
    accept(functionName: string, event: string, requestId: string, maxRetries: number) {
      if (waiting >= mostWaiting) throw new LambdaRefusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
      waiting += 1;
      void work(functionName, event, requestId, maxRetries).finally(() => {
        waiting -= 1;
      });
    },
  };
}

export type EventQueue = ReturnType<typeof createEventQueue>;

function refusal(error: unknown): Outcome {
  if (!(error instanceof LambdaRefusal)) throw error;
  const payload = JSON.stringify({ errorType: error.type, errorMessage: error.message });
  return { payload, functionError: 'Unhandled' };
}

const failedEvent = (
  functionName: string,
  event: string,
  requestId: string,
  tries: number,
  { payload, functionError = 'Unhandled' }: Outcome,
): FailedEvent => ({
  version: '1.0',
  timestamp: new Date().toISOString(),
  requestContext: {
    requestId,
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: tries,
  },
  requestPayload: JSON.parse(event),
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
  responsePayload: JSON.parse(payload),
});
