import * as z from 'zod/mini';

/** One record of a batch. */
export interface BatchRecord {
  /** SQS accepts a list of failed records; SNS and Kinesis retry the whole batch. */
  sender: 'sqs' | 'sns' | 'kinesis';
  /** The record's id in that list. */
  id: string;
  /** The content that the sender delivers. */
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
/** EventBridge Pipes puts the members of `kinesis` on the top level. */
const PipedKinesisRecord = z.pipe(
  z.extend(KinesisData, { eventSource: z.literal('aws:kinesis') }),
  z.transform((record) => kinesisRecord(record)),
);

const MappedRecord = z.union([SqsRecord, KinesisRecord, SnsRecord]);
const PipedRecord = z.union([SqsRecord, PipedKinesisRecord]);
/** A batch of a Lambda event source mapping, or of EventBridge Pipes. It has a record. */
const Batch = z.union([
  z.pipe(
    z.object({ Records: z.tuple([MappedRecord], MappedRecord) }),
    z.transform(({ Records }) => Records),
  ),
  z.tuple([PipedRecord], PipedRecord),
]);

/** The records of a batch of SQS, SNS or Kinesis, also through EventBridge Pipes; undefined for any other event. */
export const parseBatch = (event: unknown): BatchRecord[] | undefined => z.safeParse(Batch, event).data;

/** A Debezium tombstone: the second record of a deletion, which lets a compacted log drop the row. */
export const isTombstone = ({ text }: BatchRecord) => ['', 'null', 'default'].includes(text);

/** An SNS message that arrived through an SQS queue without raw message delivery. */
const SnsEnvelope = z.object({ Type: z.literal('Notification'), Message: z.string() });

/** The event in a record; undefined if it is not JSON. */
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
