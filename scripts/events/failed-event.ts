import * as z from 'zod';

/** A message from Lambda in the queue: the event of a direct invocation, or the position of stream records. */
const Failed = z.object({
  timestamp: z.string().default(''),
  requestContext: z.object({ condition: z.string().default('') }).default({ condition: '' }),
  requestPayload: z.unknown().optional(),
  responsePayload: z
    .object({ errorType: z.string().default(''), errorMessage: z.string().default('') })
    .optional()
    .catch(undefined),
  KinesisBatchInfo: z.object({ shardId: z.string(), batchSize: z.number() }).optional(),
});

export interface FailedEvent {
  at: string;
  /** Lambda's reason: RetriesExhausted, EventAgeExceeded. */
  condition: string;
  error: string;
  /** Undefined: stream records, or a message of another sender. */
  event: unknown;
}

export function parseFailedEvent(body: string): FailedEvent {
  const { data } = Failed.safeParse(jsonOf(body));
  if (data === undefined)
    return { at: '', condition: 'not a message from Lambda', error: '', event: undefined };
  const { timestamp, requestContext, requestPayload, responsePayload, KinesisBatchInfo: batch } = data;
  const ofStream = batch && `${batch.batchSize} records of ${batch.shardId}`;
  return {
    at: timestamp,
    condition: ofStream ?? requestContext.condition,
    error:
      responsePayload === undefined ? '' : `${responsePayload.errorType}: ${responsePayload.errorMessage}`,
    event: requestPayload ?? undefined,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
