import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { applyBatch } from '../../lib/changes/apply-batch.ts';
import type { ApplyChange } from '../../lib/changes/apply-change.ts';
import { eventIn, parseBatch } from '../../lib/changes/batch.ts';
import type { Change } from '../../lib/changes/change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { isHttpEvent, parseRequest } from '../../lib/http/request.ts';
import type { ReportedEvent } from '../../lib/report.ts';

const folder = new URL('../../events/', import.meta.url);
const sample = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

const topics = { kind: 'change', relations: ['public.bbs_topic'], transactionIds: [] };

const single: [file: string, change: object][] = [
  ['change.json', { ...topics, transactionIds: ['700'], announcedAtMs: 1_767_225_600_000 }],
  ['change-eventbridge.json', topics],
  ['change-webhook.json', topics],
  ['change-dms.json', topics],
  ['change-dms-control.json', { ...topics, relations: [], mentioned: ['public.bbs_topic'] }],
  ['change-debezium.json', topics],
  ['schedule.json', { kind: 'schedule' }],
  ['schedule-scheduler.json', { kind: 'schedule' }],
  ['schedule-input.json', { kind: 'schedule' }],
  ['ignored-debezium-heartbeat.json', { kind: 'ignored', reason: 'heartbeat of Debezium' }],
  ['ignored-debezium-transaction.json', { kind: 'ignored', reason: 'transaction record of Debezium' }],
  ['ignored-debezium-message.json', { kind: 'ignored', reason: 'message record of Debezium' }],
  ['ignored-dms-control.json', { kind: 'ignored', reason: 'control record of AWS DMS' }],
];
const batches: [file: string, sender: string][] = [
  ['change-sqs.json', 'sqs'],
  ['change-sns.json', 'sns'],
  ['change-kinesis-dms.json', 'kinesis'],
  ['change-kinesis-debezium.json', 'kinesis'],
  ['change-pipes-sqs.json', 'sqs'],
  ['change-pipes-kinesis.json', 'kinesis'],
];
const requests = ['list.json', 'refresh-http.json', 'refresh-rest-api.json'];
const tombstones = 'ignored-kinesis-tombstones.json';

describe('each shape of event has one meaning', () => {
  test.each(single)('%s', (name, change) => {
    expect(parseBatch(sample(name))).toBeUndefined();
    expect(isHttpEvent(sample(name))).toBe(false);
    expect(parseChange(sample(name))).toEqual(change);
  });

  test.each(batches)('%s is a batch, of records that mean the same', (name, sender) => {
    const batch = parseBatch(sample(name)) ?? [];
    expect(batch.map((record) => record.sender)).toEqual([sender]);
    expect(batch.map((record) => parseChange(eventIn(record)))).toEqual([topics]);
  });

  test.each(requests)('%s is a request', (name) => {
    expect(isHttpEvent(sample(name))).toBe(true);
    expect(parseRequest(sample(name))).toMatchObject({
      path: expect.stringMatching(/^\/(topics|refresh)\/$/),
    });
  });

  test(`${tombstones} is counted in one log line, without a failure or a refresh`, async () => {
    const reported: ReportedEvent[] = [];
    const applied: Change[] = [];
    const applyChange: ApplyChange = async (change) => {
      applied.push(change);
      return { outcome: 'recorded' };
    };
    const report = (event: ReportedEvent) => void reported.push(event);
    const how = { deadlineMs: 1_000, wait: false, lingerMs: 0 };
    const batch = parseBatch(sample(tombstones)) ?? [];
    expect(await applyBatch(batch, { parseChange, applyChange, report }, how)).toEqual({
      batchItemFailures: [],
    });
    expect(reported).toEqual([{ name: 'event.skipped', skipped: 4, reasons: ['tombstone'] }]);
    expect(applied).toEqual([]);
  });

  test('no sample is left out of these tests', () => {
    const tested = [
      ...single.map(([file]) => file),
      ...batches.map(([file]) => file),
      ...requests,
      tombstones,
    ];
    expect(readdirSync(folder).sort()).toEqual(tested.sort());
  });
});

test.each([
  ['ignored-debezium-heartbeat.json', 'change-debezium.json'],
  ['ignored-debezium-transaction.json', 'change-debezium.json'],
])('Debezium sends %s and %s with their schema too', (...names) => {
  for (const name of names)
    expect(parseChange({ schema: { type: 'struct' }, payload: sample(name) })).toEqual(
      parseChange(sample(name)),
    );
});

test.each(['public', ''])('a table of AWS DMS’s own, in the schema “%s”, is ignored', (schema) => {
  const metadata = { 'record-type': 'control', operation: 'create-table', 'schema-name': schema };
  const event = { metadata: { ...metadata, 'table-name': 'awsdms_status' } };
  expect(parseChange(event)).toEqual({ kind: 'ignored', reason: 'control record of AWS DMS' });
});

test('an SNS message is found in an SQS record too', () => {
  const body = JSON.stringify({
    Type: 'Notification',
    Message: JSON.stringify(sample('change-webhook.json')),
  });
  const batch = parseBatch({ Records: [{ eventSource: 'aws:sqs', messageId: 'a', body }] });
  expect(batch?.map((record) => parseChange(eventIn(record)))).toEqual([topics]);
});

test.each(['offload', 'offload.bbs', 'offload.bbs-2.prod_1'])(
  'EventBridge may call the source %s',
  (source) => {
    expect(parseChange({ ...Object(sample('change-eventbridge.json')), source })).toEqual(topics);
  },
);

test.each(['offload.', 'offloads', 'my.offload', 'offload..prod', 'offload.a b'])(
  'EventBridge may not call the source %s',
  (source) => {
    const event = { ...Object(sample('change-eventbridge.json')), source };
    expect(() => parseChange(event)).toThrow(expect.objectContaining({ code: 'event_unknown' }));
  },
);

const kafkaRecord = { topic: 'bbs', partition: 0, offset: 15, value: 'e30=' };
const dynamoDbRecord = { eventID: '1', eventName: 'INSERT', eventSource: 'aws:dynamodb', dynamodb: {} };
test.each<[string, unknown, string]>([
  ['MSK', { eventSource: 'aws:kafka', records: { 'bbs-0': [kafkaRecord] } }, 'Kinesis or SQS'],
  ['Kafka', { eventSource: 'SelfManagedKafka', records: { 'bbs-0': [kafkaRecord] } }, 'Kinesis or SQS'],
  ['MSK through a pipe', [{ ...kafkaRecord, eventSource: 'aws:kafka' }], 'Kinesis or SQS'],
  ['a DynamoDB stream', { Records: [dynamoDbRecord, dynamoDbRecord] }, 'events/change.json'],
  ['a DynamoDB stream through a pipe', [dynamoDbRecord], 'events/change.json'],
])('an event of %s is refused with one sentence that says what to do', (_, event, advice) => {
  expect(parseBatch(event)).toBeUndefined();
  expect(() => parseChange(event)).toThrow(
    expect.objectContaining({ code: 'event_unsupported', message: expect.stringContaining(advice) }),
  );
});

test.each<[string, (name: string) => object]>([
  ['schema', (schema) => ({ ...Object(sample('change.json')), schema })],
  ['table', (table) => ({ ...Object(sample('change-webhook.json')), table })],
  [
    'table of AWS DMS',
    (table) => ({
      metadata: { ...Object(sample('change-dms-control.json')).metadata, 'table-name': table },
    }),
  ],
])('a %s with U+0000, which PostgreSQL has in no name, is refused before the database is asked', (_, of) => {
  expect(() => parseChange(of('bbs\u0000topic'))).toThrow(expect.objectContaining({ code: 'event_unknown' }));
});

test('an unknown event is described by its members’ names, without values', () => {
  const thrown = () => parseChange({ password: 'hunter2', record: 1 });
  expect(thrown).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining('password, record') }),
    }),
  );
  expect(thrown).not.toThrow(/hunter2/);
});
