import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { CodedError, UnavailableError } from '../lib/errors.ts';
import { createLog } from '../lib/log.ts';
import type { ReportedEvent } from '../lib/report.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const Line = z.record(z.string(), z.unknown());

function createTestLog(options: { platformTraceId?: () => string } = {}) {
  const written: string[] = [];
  const log = createLog({
    ...{ service: 'offload', stage: 'prod', functionName: 'list' },
    nowMs: () => nowMs,
    write: (line) => written.push(line),
    ...options,
  });
  return {
    ...log,
    written,
    last: () => Line.parse(JSON.parse(written.at(-1) ?? '')),
  };
}
const lineOf = (event: ReportedEvent) => {
  const log = createTestLog();
  log.report(event);
  return log.last();
};

test('an event is one line of JSON', () => {
  const log = createTestLog();
  log.report({ name: 'list.stale', level: 'warn', reason: 'line 1\nline 2\r\u2028', ageMs: 12 });
  expect(log.written).toHaveLength(1);
  expect(log.written[0]?.split('\n')).toEqual([expect.any(String), '']);
  expect(log.last()).toMatchObject({
    level: 'WARN',
    message: 'list.stale',
    timestamp: '2026-01-02T03:04:05.678Z',
    service: 'offload',
    stage: 'prod',
    function_name: 'list',
    reason: 'line 1\nline 2\r\u2028',
    ageMs: 12,
  });
});

test('an event without a level is information', () => {
  expect(lineOf({ name: 'event.applied' })).toMatchObject({ level: 'INFO' });
});

test('a value that JSON cannot hold is written as text, without an error', () => {
  const ring: Record<string, unknown> = {};
  ring['self'] = ring;
  expect(lineOf({ name: 'x', rank: 712n })).toMatchObject({ rank: '712' });
  expect(lineOf({ name: 'x', ring })).toMatchObject({ message: 'x' });
});

describe('an invocation', () => {
  test('gives its id to its events', async () => {
    const log = createTestLog();
    log.report({ name: 'x' });
    expect(log.last()).not.toHaveProperty('function_request_id');
    for (const id of ['request-1', 'request-2']) {
      await log.run(id, async () => log.report({ name: 'x' }));
      expect(log.last()).toMatchObject({ function_request_id: id });
    }
  });

  test('has its notes in its own last line only', async () => {
    const log = createTestLog();
    await log.run('request-1', async () => {
      log.note({ from: 'memory', ageMs: 10 });
      log.note({ ageMs: 12 });
      log.report({ name: 'list.stale' });
      expect(log.last()).not.toHaveProperty('from');
      log.end({ name: 'http.request', status: 200 });
    });
    expect(log.last()).toMatchObject({ message: 'http.request', status: 200, from: 'memory', ageMs: 12 });
    await log.run('request-2', async () => log.end({ name: 'http.request', status: 404 }));
    expect(log.last()).not.toHaveProperty('from');
  });

  test('is a cold start if it is the first', async () => {
    const log = createTestLog();
    const coldStart = () => {
      log.report({ name: 'x' });
      return log.last()['cold_start'];
    };
    expect(coldStart()).toBe(true);
    await log.run('request-1', async () => expect([coldStart(), coldStart()]).toEqual([true, true]));
    await log.run('request-2', async () => expect(coldStart()).toBe(false));
  });

  test('carries the caller’s trace id, else the platform’s', async () => {
    const root = '1-5759e988-bd862e3fe1be46a994272793';
    const log = createTestLog({ platformTraceId: () => `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1` });
    await log.run('request-1', async () => {
      log.trace(undefined);
      log.report({ name: 'x' });
      expect(log.last()).toMatchObject({ trace_id: root });
      log.trace('of the request');
      log.report({ name: 'x' });
    });
    expect(log.last()).toMatchObject({ trace_id: 'of the request' });
    expect(lineOf({ name: 'x' })).not.toHaveProperty('trace_id');
  });

  test('keeps its lines apart from those of 64 concurrent ones', async () => {
    const log = createTestLog();
    const work = async (id: string) => {
      log.trace(`trace of ${id}`);
      log.note({ noted: id });
      for (let step = 0; step < 5; step += 1) {
        for (let turns = (step * 7 + Number(id)) % 5; turns >= 0; turns -= 1) await new Promise(setImmediate);
        log.report({ name: 'step', of: id });
      }
      log.end({ name: 'http.request', of: id });
    };
    const ids = Array.from({ length: 64 }, (_, at) => String(at));
    await Promise.all(ids.map((id) => log.run(id, () => work(id))));
    const lines = log.written.map((line) => Line.parse(JSON.parse(line)));
    expect(lines).toHaveLength(64 * 6);
    for (const line of lines) {
      expect(line).toMatchObject({ function_request_id: line['of'], trace_id: `trace of ${line['of']}` });
      if (line['message'] === 'http.request') expect(line['noted']).toBe(line['of']);
    }
    expect(lines.filter((line) => line['cold_start'] === true)).toHaveLength(6);
  });
});

describe('an error', () => {
  const errorOf = (cause: unknown) => lineOf({ name: 'http.error', cause })['error'];

  test('that has a code is shown by it, without a stack', () => {
    expect(errorOf(new CodedError('row_invalid', 'Row 7 does not fit.'))).toEqual({
      name: 'row_invalid',
      message: 'Row 7 does not fit.',
      code: 'row_invalid',
    });
  });

  test('that is unexpected has a stack', () => {
    expect(errorOf(new TypeError('oops'))).toEqual({
      name: 'TypeError',
      message: 'oops',
      stack: expect.stringContaining('log.test.ts'),
    });
  });

  test('has its causes, down to the first', () => {
    const first = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = new UnavailableError('database_unavailable', 'It sleeps.', {
      cause: first,
      retryAfterMs: 1,
    });
    expect(errorOf(error)).toMatchObject({
      code: 'database_unavailable',
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    });
  });

  test('that is its own cause is written once', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(errorOf(error)).toMatchObject({ message: 'a', cause: { message: 'b' } });
  });

  test('omits properties that a library added', () => {
    const error = Object.assign(new Error('denied'), {
      $response: { headers: { authorization: 'hunter2' } },
      config: { password: 'hunter2' },
      code: { secret: 'hunter2' },
    });
    expect(JSON.stringify(errorOf(error))).not.toContain('hunter2');
  });

  test.each([
    ['a text', 'a text'],
    [42, '42'],
    [null, 'null'],
  ])('that is not an Error (%j) is written as text', (thrown, text) => {
    expect(errorOf(thrown)).toBe(text);
  });
});

describe('a value that is not an Error', () => {
  const causeOf = (cause: unknown) => lineOf({ name: 'http.error', cause: new Error('failed', { cause }) });

  test.each([
    [
      { name: 'Throttled', message: 'Slow down.', code: 'E1' },
      { name: 'Throttled', message: 'Slow down.', code: 'E1' },
    ],
    [{ message: 'Slow down.', code: 42 }, { message: 'Slow down.' }],
    [new (class Refusal extends Response {})(), 'Refusal'],
    [{ status: 400 }, 'Object'],
    [[{ message: 'Slow down.' }], 'Array'],
    [Object.create(null), 'Object'],
    [{ constructor: 7 }, 'Object'],
  ])('(%j) is shown by the texts that errors have, else by its kind: %j', (cause, shown) => {
    expect(causeOf(cause)).toMatchObject({ error: { message: 'failed', cause: shown } });
  });

  test('omits its other members', () => {
    const secret = { password: 'hunter2' };
    const cause = { ...secret, name: secret, message: 'denied', code: [secret], cause: secret };
    for (const held of [cause, secret, [secret]])
      expect(JSON.stringify(causeOf(held))).not.toContain('hunter2');
  });
});

describe('a fact that is a metric', () => {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  const EmbeddedMetrics = z.strictObject({
    Timestamp: z.int().positive(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: z.string().min(1).max(255),
          Dimensions: z.array(z.array(z.string()).min(1).max(30)).min(1),
          Metrics: z
            .array(
              z.strictObject({ Name: z.string().min(1), Unit: z.enum(['Count', 'Bytes', 'Milliseconds']) }),
            )
            .min(1)
            .max(100),
        }),
      )
      .length(1),
  });

  test.each<ReportedEvent>([
    {
      name: 'http.request',
      method: 'GET',
      status: 200,
      durationMs: 12,
      hit: 1,
      miss: 0,
      staleServed: 0,
      ageMs: 10,
    },
    { name: 'refresh.done', rows: 5, writtenBytes: 0, readMs: 1, refreshMs: 2, pendingTransactions: 0 },
    { name: 'refresh.coalesced', ticket: 7 },
    { name: 'event.rejected', level: 'error' },
    { name: 'database.retried', reason: 'resuming', attempt: 1, delayMs: 500 },
    { name: 'store.bypassed', level: 'error' },
    { name: 'snapshot.broken', level: 'error' },
  ])('($name) has CloudWatch’s embedded format, each metric and dimension a member of the line', (event) => {
    const line = lineOf(event);
    const { Timestamp, CloudWatchMetrics } = EmbeddedMetrics.parse(line['_aws']);
    expect(Timestamp).toBe(nowMs);
    for (const { Dimensions, Metrics } of CloudWatchMetrics) {
      for (const dimension of Dimensions.flat()) expect(typeof line[dimension]).toBe('string');
      for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number));
    }
  });

  test('has the dimensions of the deployment, and the table where it is of one', () => {
    const dimensionsOf = (event: ReportedEvent) =>
      EmbeddedMetrics.parse(lineOf(event)['_aws']).CloudWatchMetrics[0]?.Dimensions;
    const deployment = ['service', 'stage'];
    expect(dimensionsOf({ name: 'store.bypassed' })).toEqual([deployment]);
    const ofTable = dimensionsOf({ name: 'http.request', table: 'topics', durationMs: 1 });
    expect(ofTable).toEqual([deployment, [...deployment, 'table']]);
  });

  test('of events themselves is their number', () => {
    expect(lineOf({ name: 'refresh.coalesced' })).toMatchObject({ coalesced: 1 });
  });

  test('has no metric for an absent member: a refresh counts neither hit nor miss', () => {
    const line = lineOf({ name: 'http.request', status: 202, durationMs: 12 });
    const { CloudWatchMetrics } = EmbeddedMetrics.parse(line['_aws']);
    expect(CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name))).toEqual([
      'durationMs',
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('and not a number (%p) is left out', (durationMs) => {
    const line = lineOf({ name: 'http.request', durationMs });
    expect(JSON.stringify(line['_aws'] ?? '')).not.toContain('durationMs');
  });

  test('does not exist for other events', () => {
    expect(lineOf({ name: 'list.stale', ageMs: 5 })).not.toHaveProperty('_aws');
  });
});
