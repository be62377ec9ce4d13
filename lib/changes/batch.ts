import * as z from 'zod/mini';

/** One record of a batch, and the name by which the sender is told that it failed. */
export interface BatchRecord {
  id: string;
  /** The event in it; undefined where it is not JSON. */
  event: unknown;
}

export interface Batch {
  /** `sqs` and `kinesis` can be told which records failed; SNS retries the whole invocation. */
  sender: 'sqs' | 'sns' | 'kinesis';
  records: BatchRecord[];
}

const SqsRecord = z.object({ eventSource: z.literal('aws:sqs'), messageId: z.string(), body: z.string() });
const SnsRecord = z.object({
  EventSource: z.literal('aws:sns'),
  Sns: z.object({ MessageId: z.string(), Message: z.string() }),
});
const KinesisRecord = z.object({
  eventSource: z.literal('aws:kinesis'),
  kinesis: z.object({ sequenceNumber: z.string(), data: z.string() }),
});

const recordsOf = <Record>(record: z.ZodMiniType<Record>) =>
  z.object({ Records: z.array(record).check(z.minLength(1)) });

const SqsEvent = recordsOf(SqsRecord);
const SnsEvent = recordsOf(SnsRecord);
const KinesisEvent = recordsOf(KinesisRecord);

/** An SNS message that came through an SQS queue without raw delivery. */
const SnsEnvelope = z.object({ Type: z.literal('Notification'), Message: z.string() });

/** The records of a batch of SQS, SNS or Kinesis; undefined for anything else. */
export function parseBatch(event: unknown): Batch | undefined {
  const sqs = z.safeParse(SqsEvent, event);
  if (sqs.success)
    return {
      sender: 'sqs',
      records: sqs.data.Records.map(({ messageId, body }) => ({
        id: messageId,
        event: fromEnvelope(parseJson(body)),
      })),
    };
  const sns = z.safeParse(SnsEvent, event);
  if (sns.success)
    return {
      sender: 'sns',
      records: sns.data.Records.map(({ Sns }) => ({ id: Sns.MessageId, event: parseJson(Sns.Message) })),
    };
  const kinesis = z.safeParse(KinesisEvent, event);
  if (kinesis.success)
    return {
      sender: 'kinesis',
      records: kinesis.data.Records.map(({ kinesis: { sequenceNumber, data } }) => ({
        id: sequenceNumber,
        event: parseJson(Buffer.from(data, 'base64').toString()),
      })),
    };
  return undefined;
}

function fromEnvelope(event: unknown): unknown {
  const envelope = z.safeParse(SnsEnvelope, event);
  return envelope.success ? parseJson(envelope.data.Message) : event;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: it is rejected with the unknown ones
  }
}
