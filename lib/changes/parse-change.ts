import * as z from 'zod/mini';
import type { Change } from './change.ts';
import { RejectedEventError } from './rejected-event-error.ts';
import { invalidMembers, shapes } from './shapes.ts';

/**
 * Parses one event of any shape; `parseBatch` splits batches.
 * @throws RejectedEventError
 */
export function parseChange(event: unknown): Change {
  for (const shape of shapes) {
    const change = shape(event);
    if (change !== undefined) return change;
  }
  const source = z.safeParse(EventSource, event).data;
  const advice = source === undefined ? undefined : unsupported.get(source);
  if (advice !== undefined) throw new RejectedEventError('event_unsupported', advice);
  const members = invalidMembers(event);
  if (members !== undefined)
    throw new RejectedEventError(
      'event_unknown',
      `The event has missing, invalid or unknown members (${members.join(', ').slice(0, 200)}): events/change.json has an example.`,
    );
  throw new RejectedEventError(
    'event_unknown',
    'The event is neither a change of a table nor a schedule: events/ has an example of each supported shape.',
    { cause: new TypeError(`an event with the members ${memberNames(event)}`) },
  );
}

/** The sender of a Kafka event, of a Lambda batch, or of an EventBridge Pipes batch. */
const Sourced = z.object({ eventSource: z.string() });
const EventSource = z.union([
  z.pipe(
    Sourced,
    z.transform(({ eventSource }) => eventSource),
  ),
  z.pipe(
    z.object({ Records: z.tuple([Sourced], z.unknown()) }),
    z.transform(({ Records: [{ eventSource }] }) => eventSource),
  ),
  z.pipe(
    z.tuple([Sourced], z.unknown()),
    z.transform(([{ eventSource }]) => eventSource),
  ),
]);

const kafka =
  'Kafka records are not supported: let Debezium or AWS DMS write to Kinesis or SQS, or let a consumer send events/change.json.';
const unsupported = new Map([
  ['aws:kafka', kafka],
  ['SelfManagedKafka', kafka],
  [
    'aws:dynamodb',
    'DynamoDB stream records are not supported, as the tables are those of PostgreSQL: send events/change.json with the table that changed.',
  ],
]);

/** For the log: the member names identify the sender, and contain no row data. */
const memberNames = (event: unknown) => {
  const members = z.safeParse(z.record(z.string(), z.unknown()), event);
  return members.success
    ? Object.keys(members.data).slice(0, 10).join(', ').slice(0, 200) || '(none)'
    : '(not an object)';
};
