import { beforeEach, describe, expect, test } from '@jest/globals';
import { CodedError, UnavailableError } from '../../lib/errors.ts';
import { api } from '../../lib/http/api.ts';
import { type Endpoint, findRoute } from '../../lib/http/endpoint.ts';
import { HttpError } from '../../lib/http/http-error.ts';
import { jsonReply } from '../../lib/http/reply.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';

const secret = 'postgres://admin:hunter2@db';

let clock: ReturnType<typeof createTestClock>;
let reported: ReturnType<typeof createReportedLog>;
let deadlines: number[];

beforeEach(() => {
  clock = createTestClock(1_000_000);
  reported = createReportedLog();
  deadlines = [];
});

/** The result of an event at an endpoint that answers GET and HEAD. */
const reply = (
  event: unknown,
  answer: () => Promise<unknown> = async () => ({ topics: [] }),
  context = lambdaContext(),
) => {
  const endpoint: Endpoint = {
    methods: ['GET', 'HEAD'],
    async answer(_, { deadlineMs }) {
      deadlines.push(deadlineMs);
      return jsonReply(200, await answer());
    },
  };
  return api([{ path: '/topics/', endpoint }], { nowMs: clock.now, log: reported.log })(event, context);
};
const throws = (error: unknown) => () => Promise.reject(error);
const bodyOf = ({ body = '' }: { body?: string }): unknown => JSON.parse(body);

test('an answer is passed on', async () => {
  expect(await reply(httpEvent())).toEqual(jsonReply(200, { topics: [] }));
});

describe('no endpoint is called', () => {
  test.each([null, undefined, [], 'x', 42, true, {}, { version: '1.0' }])(
    'for %j, which is 400 with a code',
    async (event) => {
      const answer = await reply(event);
      expect(answer.statusCode).toBe(400);
      expect(bodyOf(answer)).toMatchObject({ code: 'event_unknown' });
      expect(deadlines).toEqual([]);
    },
  );

  test.each(['/', '', '/topic/', '/topics-1/', '/Topics/', '/topics/7', '/x/topics/'])(
    'for the path %j that has no route, which is 404',
    async (path) => {
      const answer = await reply(httpEvent({ path }));
      expect(answer.statusCode).toBe(404);
      expect(bodyOf(answer)).toMatchObject({ code: 'not_found' });
      expect(deadlines).toEqual([]);
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'])(
    'for %s, which is 405 and says what is allowed',
    async (method) => {
      const answer = await reply(httpEvent({ method }));
      expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
      expect(bodyOf(answer)).toMatchObject({ code: 'method_not_allowed' });
      expect(deadlines).toEqual([]);
    },
  );
});

describe('an error', () => {
  test('of HttpError is shown with its status, code and message', async () => {
    const error = new HttpError(400, 'limit_invalid', 'limit is a number.', { headers: { hint: 'x' } });
    expect(await reply(httpEvent(), throws(error))).toEqual({
      statusCode: 400,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', hint: 'x' },
      body: '{"code":"limit_invalid","message":"limit is a number."}',
    });
  });

  test.each([
    [0, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [15_000, '15'],
  ])('that may pass in %i ms is 503 with Retry-After: %s', async (retryAfterMs, seconds) => {
    const error = new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs });
    const answer = await reply(httpEvent(), throws(error));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': seconds } });
    expect(bodyOf(answer)).toEqual({ code: 'database_unavailable', message: 'It sleeps.' });
  });

  test('that is coded, and not the caller’s, shows its code alone', async () => {
    const answer = await reply(httpEvent(), throws(new CodedError('row_mismatch', `a row: ${secret}`)));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer)).toMatchObject({ code: 'row_mismatch' });
    expect(answer.body).not.toContain(secret);
  });

  test.each([
    ['an error', new Error(secret)],
    ['an error with a cause', new Error('failed', { cause: new Error(secret) })],
    [
      'an error that looks like one of HTTP',
      Object.assign(new Error(secret), { statusCode: 418, expose: true }),
    ],
    ['a text', secret],
    ['an object', { message: secret, statusCode: 200 }],
    ['nothing', undefined],
  ])('that is unexpected (%s) shows neither message nor stack', async (_, error) => {
    const answer = await reply(httpEvent(), throws(error));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer)).toEqual({ code: 'internal_error', message: expect.any(String) });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|\.ts|node_modules|at /);
  });

  test('of a known kind does not show its cause', async () => {
    const error = new HttpError(400, 'body_not_json', 'No JSON.', { cause: new Error(secret) });
    expect(JSON.stringify(await reply(httpEvent(), throws(error)))).not.toContain('hunter2');
  });

  test('is reported with its cause: as an error if it is ours, and as information if it is the caller’s', async () => {
    const ours = new Error(secret);
    await reply(httpEvent(), throws(ours));
    await reply(httpEvent({ method: 'PUT' }));
    expect(reported.events.filter(({ name }) => name === 'http.error')).toEqual([
      { name: 'http.error', level: 'error', cause: ours },
      { name: 'http.error', level: 'info', cause: expect.any(HttpError) },
    ]);
  });
});

describe('HEAD', () => {
  test('has status and headers of GET, and no body', async () => {
    const { statusCode, headers } = await reply(httpEvent());
    expect(await reply(httpEvent({ method: 'HEAD' }))).toEqual({ statusCode, headers });
  });

  test.each([
    [404, httpEvent({ method: 'HEAD', path: '/' }), undefined],
    [500, httpEvent({ method: 'HEAD' }), throws(new Error(secret))],
    [503, httpEvent({ method: 'HEAD' }), throws(new UnavailableError('x', 'x', { retryAfterMs: 1 }))],
  ])('has no body when it is %i either', async (status, event, answer) => {
    const error = await reply(event, answer);
    expect(error.statusCode).toBe(status);
    expect(error).not.toHaveProperty('body');
  });
});

describe('each request', () => {
  test('is reported with its method, status and time', async () => {
    await reply(httpEvent(), async () => clock.advance(120));
    await reply(httpEvent({ method: 'PUT' }));
    await reply(null);
    expect(reported.events.filter(({ name }) => name === 'http.request')).toEqual([
      { name: 'http.request', status: 200, durationMs: 120 },
      { name: 'http.request', status: 405, durationMs: 0 },
      { name: 'http.request', status: 400, durationMs: 0 },
    ]);
    expect(reported.noted).toEqual([{ method: 'GET' }, { method: 'PUT' }]);
  });

  test('has the trace id of its headers', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await reply(httpEvent({ headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } }));
    expect(reported.traced).toEqual([traceId]);
  });

  test('begins in the log with its id', async () => {
    await reply(httpEvent(), undefined, lambdaContext({ awsRequestId: 'request-7' }));
    expect(reported.begun).toEqual(['request-7']);
  });

  test('is to be answered a second before its time is up', async () => {
    await reply(httpEvent(), undefined, lambdaContext({ remainingMs: 29_000 }));
    expect(deadlines).toEqual([1_000_000 + 28_000]);
  });
});

describe('a path', () => {
  const endpoint = (): Endpoint => ({ methods: ['GET'], answer: async () => jsonReply(200, {}) });
  const [list, record] = [endpoint(), endpoint()];
  const routes = [
    { path: '/topics/', endpoint: list },
    { path: '/topics/{key}/', endpoint: record },
  ];
  const names = new Map([
    [list, 'list'],
    [record, 'record'],
  ]);

  test.each<[path: string, name: string | undefined, key: string]>([
    ['/topics', 'list', ''],
    ['/topics/', 'list', ''],
    ['/topics/42', 'record', '42'],
    ['/topics/42/', 'record', '42'],
    ['/topics/a/b', 'record', 'a/b'],
    ['/topics/a//', 'record', 'a/'],
    ['/topics/50%25', 'record', '50%25'],
    ['/topics/ é😀 ', 'record', ' é😀 '],
    ['/topics//', 'record', ''],
    ['/topicsx', undefined, ''],
    ['/', undefined, ''],
  ])('(%j) leads to the %s, and the key %j', (path, name, key) => {
    const route = findRoute(routes, path);
    expect(route && names.get(route.endpoint)).toBe(name);
    expect(route?.key ?? '').toBe(key);
  });
});
