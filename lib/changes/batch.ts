import * as z from 'zod/mini';

/** One record of a batch. */
export interface BatchRecord {
  /** SQS can be told which records failed; SNS and Kinesis retry all of a batch or nothing. */
  sender: 'sqs' | 'sns' | 'kinesis';
  /** The name by which the sender is told that it failed. */
  id: string;
  /** What the sender delivers. */
  text: string;
}

const SqsRecord = z.pipe(
  z.object({ eventSource: z.literal('aws:sqs'), messageId: z.string(), body: z.string() }),
  z.transform(({ messageId, body }): BatchRecord => ({ sender: 'sqs', id: messageId, text: body })),
);
const SnsRecord = z.pipe(
  z.object({
    EventSource: z.literal('aws:sns'),
    Sns: z.object({ MessageId: z.string(), Message: z.string() }),
  }),
  z.transform(({ Sns }): BatchRecord => ({ sender: 'sns', id: Sns.MessageId, text: Sns.Message })),
);

const KinesisData = z.object({ sequenceNumber: z.string(), data: z.string() });
const kinesisRecord = ({ sequenceNumber, data }: z.output<typeof KinesisData>): BatchRecord => ({
  sender: 'kinesis',
  id: sequenceNumber,
  text: Buffer.from(data, 'base64').toString(),
});
const KinesisRecord = z.pipe(
  z.object({ eventSource: z.literal('aws:kinesis'), kinesis: KinesisData }),
  z.transform(({ kinesis }) => kinesisRecord(kinesis)),
);
/** EventBridge Pipes delivers the members of `kinesis` beside the others. */
const PipedKinesisRecord = z.pipe(
  z.extend(KinesisData, { eventSource: z.literal('aws:kinesis') }),
  z.transform((record) => kinesisRecord(record)),
);

/** A batch of Lambda's event source mappings, or of EventBridge Pipes. */
const Batch = z.union([
  z.pipe(
    z.object({
      Records: z.array(z.union([SqsRecord, KinesisRecord, SnsRecord])).check(z.minLength(1)),
    }),
    z.transform(({ Records }) => Records),
  ),
  z.array(z.union([SqsRecord, PipedKinesisRecord])).check(z.minLength(1)),
]);

/** The records of a batch of SQS, SNS or Kinesis, also through EventBridge Pipes; undefined for anything else. */
export const parseBatch = (event: unknown): BatchRecord[] | undefined => z.safeParse(Batch, event).data;

/** What Debezium writes for the second record of a deletion, which lets a log forget the row. */
export const isTombstone = ({ text }: BatchRecord) => ['', 'null', 'default'].includes(text);

/** An SNS message that came through an SQS queue without raw delivery. */
const SnsEnvelope = z.object({ Type: z.literal('Notification'), Message: z.string() });

/** The event in a record; undefined where there is no JSON. */
export function eventIn({ text }: BatchRecord): unknown {
  const event = parseJson(text);
  const envelope = z.safeParse(SnsEnvelope, event);
  return envelope.success ? parseJson(envelope.data.Message) : event;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
