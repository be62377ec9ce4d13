import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseBatch } from '../../lib/changes/batch.ts';
import { parseChange, UnknownEventError } from '../../lib/changes/parse-change.ts';
import { isHttpEvent, parseRequest } from '../../lib/http/request.ts';

const folder = new URL('../../events/', import.meta.url);
const sample = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const samples = readdirSync(folder);

const topics = { kind: 'change', relation: 'public.bbs_topic', transactionIds: [] };

describe('each shape of event has one meaning', () => {
  test.each([
    ['change.json', { ...topics, transactionIds: ['700'] }],
    ['change-eventbridge.json', topics],
    ['change-webhook.json', topics],
    ['schedule.json', { kind: 'schedule' }],
    ['reconcile.json', { kind: 'reconcile' }],
  ])('%s', (name, change) => {
    expect(parseBatch(sample(name))).toBeUndefined();
    expect(isHttpEvent(sample(name))).toBe(false);
    expect(parseChange(sample(name))).toEqual(change);
  });

  test.each([
    ['change-sqs.json', 'sqs'],
    ['change-sns.json', 'sns'],
    ['change-kinesis-dms.json', 'kinesis'],
    ['change-kinesis-debezium.json', 'kinesis'],
  ])('%s is a batch, of records that mean the same', (name, sender) => {
    const batch = parseBatch(sample(name));
    expect(batch?.sender).toBe(sender);
    expect(batch?.records.map(({ event }) => parseChange(event))).toEqual([topics]);
  });

  test.each(['list.json', 'refresh-http.json', 'refresh-rest-api.json'])('%s is a request', (name) => {
    expect(isHttpEvent(sample(name))).toBe(true);
    expect(parseRequest(sample(name))).toMatchObject({
      routed: true,
      path: expect.stringMatching(/^\/(topics|refresh)\/$/),
    });
  });

  test('no sample is left out of these tests', () => {
    expect(samples).toHaveLength(12);
  });
});

test('an SNS message is found in an SQS record too', () => {
  const body = JSON.stringify({ Type: 'Notification', Message: JSON.stringify(sample('change.json')) });
  const batch = parseBatch({ Records: [{ eventSource: 'aws:sqs', messageId: 'a', body }] });
  expect(batch?.records.map(({ event }) => parseChange(event))).toEqual([
    { ...topics, transactionIds: ['700'] },
  ]);
});

test('a member that nobody knows makes an own event an unknown one', () => {
  const event = {
    source: 'offload',
    schema: 'public',
    table: 'bbs_topic',
    operation: 'UPDATE',
    transactionID: '7',
  };
  expect(() => parseChange(event)).toThrow(UnknownEventError);
});

test('what is unknown is named by its members, and shows no value', () => {
  const thrown = () => parseChange({ password: 'hunter2', record: 1 });
  expect(thrown).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining('password, record') }),
    }),
  );
  expect(thrown).not.toThrow(/hunter2/);
});
