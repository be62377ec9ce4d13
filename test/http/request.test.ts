import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { api } from '../../lib/http/api.ts';
import { isHttpEvent, mostAnswerBytes, parseRequest } from '../../lib/http/request.ts';
import { traceIdOf } from '../../lib/trace-id.ts';
import { anyText } from '../fakes/any-text.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createReportedLog } from '../fakes/reported.ts';

/** A key with slashes, a percent sign, a space and an emoji. */
const key = 'a/b 100% é😀';
const encodedPath = `/topics/${encodeURIComponent(key)}/`;
const rawQueryString = 'title=a%26b&title=c+d&limit=3';
const parameters = [
  ['title', 'a&b'],
  ['title', 'c d'],
  ['limit', '3'],
];
const expected = { method: 'GET', path: `/topics/${key}/`, parameters };

const http2 = (context: Record<string, unknown>, rawPath: string) => ({
  ...httpEvent({ rawQueryString }),
  rawPath,
  // The function ignores this member, because the gateway joins repeated parameters with commas.
  queryStringParameters: { title: 'a&b,c d', limit: '3' },
  requestContext: { http: { method: 'get' }, ...context },
});
const event1 = {
  resource: '/{proxy+}',
  httpMethod: 'GET',
  headers: null,
  multiValueHeaders: { Accept: ['a', 'b'] },
  queryStringParameters: { title: 'c d', limit: '3' },
  multiValueQueryStringParameters: { title: ['a&b', 'c d'], limit: ['3'] },
  body: null,
  isBase64Encoded: false,
};

describe('the same request', () => {
  test.each<[name: string, event: object]>([
    ['an HTTP API', http2({ stage: '$default' }, `/topics/${key}/`)],
    ['an HTTP API with a stage', http2({ stage: 'prod' }, `/prod/topics/${key}/`)],
    [
      'a function URL',
      http2({ stage: '$default', domainName: 'x.lambda-url.eu-west-1.on.aws' }, encodedPath),
    ],
    [
      'an HTTP API in payload format 1.0',
      { ...event1, version: '1.0', path: `/prod/topics/${key}/`, requestContext: { stage: 'prod' } },
    ],
    ['a REST API', { ...event1, path: encodedPath, requestContext: { stage: 'prod' } }],
    [
      'a load balancer with lists',
      {
        ...event1,
        path: encodedPath,
        multiValueQueryStringParameters: { title: ['a%26b', 'c+d'], limit: ['3'] },
        requestContext: { elb: { targetGroupArn: 'arn' } },
      },
    ],
  ])('comes the same from %s', (_, event) => {
    expect(parseRequest(event)).toMatchObject(expected);
    expect(isHttpEvent(event)).toBe(true);
  });

  test('from a load balancer without lists has the last of repeated parameters', () => {
    const { multiValueHeaders: _, multiValueQueryStringParameters: __, ...rest } = event1;
    const request = parseRequest({
      ...rest,
      path: encodedPath,
      queryStringParameters: { title: 'c+d', limit: '3' },
      requestContext: { elb: {} },
    });
    expect([...request.query]).toEqual([
      ['title', 'c d'],
      ['limit', '3'],
    ]);
  });
});

test('of a repeated parameter the last value counts, and all are kept', () => {
  const { query, parameters } = parseRequest(httpEvent({ rawQueryString: 'a=1&b=2&a=3,4&__proto__=5' }));
  expect(query.get('a')).toBe('3,4');
  expect(query.get('__proto__')).toBe('5');
  expect(parameters).toHaveLength(4);
});

test('headers go by lower-case names, lists of them joined', () => {
  expect(parseRequest({ ...event1, path: '/', requestContext: {} }).headers).toEqual({ accept: 'a, b' });
});

describe('a prefix of the path', () => {
  const pathOf = (rawPath: string, basePath: string, stage = '$default') =>
    parseRequest(http2({ stage }, rawPath), { basePath }).path;

  test.each([
    ['/v1/topics/', '/v1', '$default', '/topics/'],
    ['/topics/', '/v1', '$default', '/topics/'],
    ['/v1', '/v1', '$default', '/'],
    ['/v1topics/', '/v1', '$default', '/v1topics/'],
    ['/prod/v1/topics', '/v1', 'prod', '/topics'],
    ['/topics/topics/1', '', 'topics', '/topics/1'],
    ['/prod', '', 'prod', '/'],
  ])('%s, of base path %j and stage %s, is taken away: %s', (rawPath, basePath, stage, path) => {
    expect(pathOf(rawPath, basePath, stage)).toBe(path);
  });
});

describe('an unparsable event', () => {
  test.each([null, undefined, [], 'x', 42, {}, { version: '3.0' }, { requestContext: {} }])(
    '(%j) is 400',
    (event) => {
      expect(() => parseRequest(event)).toThrow(
        expect.objectContaining({ status: 400, code: 'event_unknown' }),
      );
    },
  );

  test.each(['/topics/%', '/topics/%E0%A4%A', '/%FF'])('of a path (%s) is 400', (path) => {
    expect(() => parseRequest({ ...event1, path, requestContext: {} })).toThrow(
      expect.objectContaining({ status: 400, code: 'path_invalid' }),
    );
  });

  test('with any query string is parsed without an error', () => {
    fc.assert(
      fc.property(anyText(), (rawQueryString) => {
        parseRequest(httpEvent({ rawQueryString }));
      }),
    );
  });
});

describe('a load balancer', () => {
  const answerTo = (event: object) =>
    api([], { nowMs: () => 0, log: createReportedLog().log })(event, lambdaContext());
  const balanced = { ...event1, path: '/', requestContext: { elb: {} } };

  test('is always told whether the body is base64', async () => {
    const { multiValueHeaders: _, ...plain } = balanced;
    const answer = await answerTo(plain);
    expect(answer).toMatchObject({ statusCode: 404, isBase64Encoded: false });
    expect(answer).not.toHaveProperty('multiValueHeaders');
    expect(await answerTo({ ...plain, httpMethod: 'HEAD' })).toMatchObject({ isBase64Encoded: false });
  });

  test('gets lists of headers where it sends such', async () => {
    expect(await answerTo(balanced)).toMatchObject({
      multiValueHeaders: { 'content-type': ['application/json'] },
    });
  });

  test('takes answers of a megabyte', () => {
    expect(parseRequest(balanced).mostAnswerBytes).toBeLessThan(1_000_000);
    expect(parseRequest(httpEvent()).mostAnswerBytes).toBe(mostAnswerBytes);
  });
});

describe('the trace id', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const root = '1-5759e988-bd862e3fe1be46a994272793';

  test.each<[headers: Record<string, string>, traceId: string | undefined]>([
    [{ traceparent }, traceId],
    [{ traceparent, 'x-amzn-trace-id': `Root=${root}` }, traceId],
    [{ 'x-amzn-trace-id': `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1` }, root],
    [{ 'x-amzn-trace-id': `Self=1-x; Root=${root}` }, root],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, undefined],
    [{ traceparent: 'nonsense\n', 'x-amzn-trace-id': 'Root=1' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (headers, expected) => {
    expect(traceIdOf(headers)).toBe(expected);
  });
});
