import * as z from 'zod';

/** One call of `aws_lambda.invoke`, as aws-lambda.sql sends it. */
export const Invocation = z.object({
  /** A name, or an ARN in any form that ends with it. */
  functionName: z.string(),
  region: z.string().nullable(),
  payload: z.string(),
  invocationType: z.enum(['RequestResponse', 'Event', 'DryRun']),
  logType: z.enum(['None', 'Tail']),
  clientContext: z.string().nullable(),
  qualifier: z.string().nullable(),
  connectTimeoutMs: z.int().positive(),
  requestTimeoutMs: z.int().positive(),
});
export type Invocation = z.infer<typeof Invocation>;

/**
 * Calls Lambda's Invoke. The sum of the two timeouts bounds the call.
 * @returns the columns of the answer
 * @throws Error if Lambda does not answer in time, or rejects the call
 */
export async function invoke(lambdaUrl: string, invocation: Invocation) {
  const { functionName, invocationType, payload, clientContext } = invocation;
  const name = /(?:^|function:)([\w-]+)(?::[\w$-]+)?$/.exec(functionName)?.[1] ?? functionName;
  const boundMs = invocation.connectTimeoutMs + invocation.requestTimeoutMs;
  const response = await fetch(`${lambdaUrl}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    body: payload,
    headers: {
      'x-amz-invocation-type': invocationType,
      'x-amz-log-type': invocation.logType,
      ...(clientContext === null
        ? {}
        : { 'x-amz-client-context': Buffer.from(clientContext).toString('base64') }),
    },
    signal: AbortSignal.timeout(boundMs),
  }).catch((cause: unknown) => {
    throw new Error(`Lambda does not answer: ${reasonOf(cause, boundMs)}`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Lambda answered with status ${response.status}: ${text.slice(0, 300)}`);
  return {
    status_code: String(response.status),
    payload: text === '' ? null : text,
    executed_version: invocationType === 'RequestResponse' ? '$LATEST' : null,
    log_result: null,
  };
}

/** The message of a `fetch` error is generic; its cause is specific. */
const Failure = z.object({
  name: z.string(),
  message: z.string(),
  cause: z.object({ message: z.string() }).optional(),
});

function reasonOf(thrown: unknown, boundMs: number) {
  const { data } = Failure.safeParse(thrown);
  if (data === undefined) return String(thrown);
  return data.name === 'TimeoutError'
    ? `no response within ${boundMs} ms`
    : (data.cause?.message ?? data.message);
}
