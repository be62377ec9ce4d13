import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { type Invoke, LambdaRefusal } from '../../../local/lambda/invocation.ts';

interface Result {
  statusCode: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

let gateway: Awaited<ReturnType<typeof startGateway>>;
let invoke: Invoke;
/** The events that the function received. */
let events: string[];

beforeAll(async () => {
  gateway = await startGateway({
    port: 0,
    routes: [
      { key: '$default', functionName: 'list' },
      { key: 'ANY /refresh/{proxy+}', functionName: 'refresh' },
    ],
    limits: { maxRequestBytes: 10 * 1024 * 1024, maxHeaderBytes: 10_240, integrationMs: 300 },
    invoke: (name, event) => {
      events.push(event);
      return invoke(name, event);
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  events = [];
});

const returns =
  (result: unknown): Invoke =>
  async () => ({ payload: JSON.stringify(result) });

/** Sends the request line unchanged, without normalising the path. */
async function exchange(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body: string | Buffer = '',
) {
  const length = body.length > 0 ? { 'content-length': Buffer.byteLength(body) } : {};
  const request = send({
    port: gateway.port,
    method,
    path,
    headers: { ...headers, ...length },
    agent: false,
  });
  request.end(body);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('there was no response');
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const Event = z.looseObject({
  rawPath: z.string(),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.string()),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string(), path: z.string() }) }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
});
async function eventOf(...request: Parameters<typeof exchange>) {
  invoke = returns({ statusCode: 204 });
  await exchange(...request);
  return Event.parse(JSON.parse(events.at(-1) ?? ''));
}

describe('the client gets the response that the function returned', () => {
  const list = { 'content-type': 'application/json', etag: '"a"', vary: 'Accept-Encoding' };
  const paths = ['/topics/', '/topics', '/topics/?limit=2&after=1&limit=3', '/t%C3%B6pics/%2F/', '/refresh/'];
  const conditions: Record<string, string>[] = [
    {},
    { 'if-none-match': '"a"' },
    { 'if-modified-since': 'Wed, 25 Nov 2026 00:00:00 GMT' },
    { range: 'bytes=0-3', 'if-range': '"a"' },
    { 'accept-encoding': 'gzip, deflate, br' },
    { origin: 'https://example.com', 'access-control-request-method': 'GET' },
  ];
  const results: Result[] = [
    {
      statusCode: 200,
      headers: { ...list, 'last-modified': 'Tue, 24 Nov 2026 00:00:00 GMT' },
      body: '{"a":"ü"}',
    },
    {
      statusCode: 200,
      headers: { ...list, 'content-encoding': 'gzip' },
      body: Buffer.from([31, 139, 0, 255, 128]).toString('base64'),
      isBase64Encoded: true,
    },
    { statusCode: 304, headers: { etag: '"a"', 'cache-control': 'max-age=1' } },
    { statusCode: 404, headers: { 'content-type': 'application/json' }, body: '{"code":"not_found"}' },
    { statusCode: 302, headers: { location: '/docs/' }, cookies: ['a=1; Path=/', 'b=2; HttpOnly'], body: '' },
    { statusCode: 503, headers: { 'retry-after': '1' }, body: 'busy' },
  ];
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const requests = Array.from({ length: 84 }, (_, n) => ({
    method: methods[n % 7] ?? '',
    path: paths[n % 5] ?? '',
    headers: conditions[(n + Math.floor(n / 7)) % 6] ?? {},
    body: n % 7 >= 3 ? Buffer.from([n, 255, 0, 10]) : Buffer.alloc(0),
    result: results[(n + Math.floor(n / 6)) % 6] ?? { statusCode: 500 },
  }));

  test.each(requests)(
    '$method $path, $headers, $result.statusCode',
    async ({ method, path, headers, body, result }) => {
      invoke = returns(result);
      const answer = await exchange(method, path, headers, body);
      const {
        date: _,
        connection: __,
        'content-length': length,
        'set-cookie': cookies,
        ...others
      } = answer.headers;
      expect(answer.status).toBe(result.statusCode);
      expect(others).toEqual(result.headers);
      expect(cookies).toEqual(result.cookies);
      const given = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
      const hasBody = method !== 'HEAD' && result.statusCode !== 304;
      expect(answer.body).toEqual(hasBody ? given : Buffer.alloc(0));
      expect(length).toBe(hasBody ? String(given.length) : undefined);

      const event = Event.parse(JSON.parse(events.at(-1) ?? ''));
      expect(event.requestContext.http.method).toBe(method);
      expect(event.headers).toMatchObject(headers);
      expect(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
    },
  );

  test('the length of a HEAD is the function’s', async () => {
    invoke = returns({ statusCode: 200, headers: { 'content-length': '313253' } });
    const { headers, body } = await exchange('HEAD', '/topics/');
    expect(headers['content-length']).toBe('313253');
    expect(body).toHaveLength(0);
  });

  test('Content-Length is that of the body, not the function’s', async () => {
    invoke = returns({ statusCode: 200, headers: { 'Content-Length': '3' }, body: 'longer' });
    expect((await exchange('GET', '/')).body.toString()).toBe('longer');
  });

  test.each<[result: unknown, body: string]>([
    [{ topics: [] }, '{"topics":[]}'],
    ['a text', 'a text'],
    [null, 'null'],
    [[1], '[1]'],
  ])('%j, which has no status, is the body of a 200 with application/json', async (result, body) => {
    invoke = returns(result);
    const answer = await exchange('GET', '/');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.toString()).toBe(body);
  });
});

describe('the event of a request', () => {
  test.each([
    ['/topics', '/topics', ''],
    ['/topics/', '/topics/', ''],
    ['/a%20b/%C3%A9%2Fc', '/a b/é/c', ''],
    ['/a%2520b', '/a%20b', ''],
    ['/a%3Fb=1?c=2', '/a', 'c=2'],
    ['/a//b/../c', '/a//b/../c', ''],
    ['/%zz%ff', '/%zz\ufffd', ''],
    ['/?', '/', ''],
    ['/?a=%26&b', '/', 'a=%26&b'],
    ['http://other.example/x?y', '/x', 'y'],
  ])('%s has the path %s and the query %j', async (url, rawPath, rawQueryString) => {
    const event = await eventOf('GET', url);
    expect(event).toMatchObject({ rawPath, rawQueryString, requestContext: { http: { path: rawPath } } });
  });

  test.each<[url: string, parameters: Record<string, string> | undefined]>([
    ['/?a=1&b=2&a=3', { a: '1,3', b: '2' }],
    ['/?a=x+y%2Bz&b', { a: 'x y+z', b: '' }],
    ['/?a=%E3%81%82', { a: 'あ' }],
    ['/', undefined],
  ])('%s has the parameters %j', async (url, parameters) => {
    expect((await eventOf('GET', url))['queryStringParameters']).toEqual(parameters);
  });

  test('has headers by lower-case name, joined by commas, and cookies apart', async () => {
    const event = await eventOf('GET', '/', {
      'X-Two': ['a', 'b'],
      Cookie: 'a=1; b=2',
      'User-Agent': 'test',
      Host: 'api.example.com',
    });
    expect(event['cookies']).toEqual(['a=1', 'b=2']);
    expect(event.headers).toEqual({
      'x-two': 'a,b',
      'user-agent': 'test',
      host: 'api.example.com',
      'content-length': '0',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[\da-f]{8}-[\da-f]{24}$/),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': String(gateway.port),
      'x-forwarded-proto': 'http',
    });
    expect(event.requestContext).toMatchObject({
      domainName: 'api.example.com',
      domainPrefix: 'api',
      routeKey: '$default',
      stage: '$default',
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    });
    expect(Math.abs(Date.now() - Number(event.requestContext['timeEpoch']))).toBeLessThan(30_000);
  });

  test('without cookies, parameters and a body does not have them', async () => {
    const members = Object.keys(await eventOf('GET', '/'));
    expect(members.sort()).toEqual(
      'headers isBase64Encoded rawPath rawQueryString requestContext routeKey version'.split(' '),
    );
  });

  test('has the rest of the path that a greedy route matched', async () => {
    expect(await eventOf('POST', '/refresh/')).toMatchObject({
      routeKey: 'ANY /refresh/{proxy+}',
      pathParameters: { proxy: '' },
    });
  });

  test.each<[headers: Record<string, string>, isBase64Encoded: boolean]>([
    [{ 'content-type': 'application/json' }, false],
    [{ 'content-type': 'application/json; charset=utf-8' }, false],
    [{ 'content-type': 'text/csv' }, false],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, true],
    [{ 'content-type': 'application/octet-stream' }, true],
    [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, true],
    [{}, true],
  ])('with %j has its body as base64: %j', async (headers, isBase64Encoded) => {
    const event = await eventOf('POST', '/', headers, '{"a":"ü"}');
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('{"a":"ü"}');
  });
});

describe('API Gateway answers by itself to', () => {
  const failing: [what: string, invoke: Invoke, status: number, message: string][] = [
    [
      'a function that throws',
      async () => ({ payload: '{"errorMessage":"secret"}', functionError: 'Unhandled' }),
      500,
      'Internal Server Error',
    ],
    ['a status that is none', returns({ statusCode: 'ok' }), 500, 'Internal Server Error'],
    ['a body that is no text', returns({ statusCode: 200, body: {} }), 500, 'Internal Server Error'],
    [
      'a header that cannot be',
      returns({ statusCode: 200, headers: { a: 'b\nc' } }),
      500,
      'Internal Server Error',
    ],
    ['a function that takes too long', () => new Promise(() => {}), 503, 'Service Unavailable'],
    [
      'too many requests at once',
      async () => Promise.reject(new LambdaRefusal(429, 'TooManyRequestsException', '')),
      503,
      'Service Unavailable',
    ],
    [
      'an event that is too large for Lambda',
      async () => Promise.reject(new LambdaRefusal(413, 'RequestTooLargeException', '')),
      413,
      'Request Entity Too Large',
    ],
  ];
  test.each(failing)('%s', async (_, failingInvoke, status, message) => {
    invoke = failingInvoke;
    const answer = await exchange('GET', '/');
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toBe(JSON.stringify({ message }));
  });

  test('a request over 10 MB', async () => {
    invoke = returns({ statusCode: 204 });
    const tenMb = Buffer.alloc(10 * 1024 * 1024);
    expect((await exchange('POST', '/', {}, tenMb)).status).toBe(204);
    const answer = await exchange('POST', '/', {}, Buffer.concat([tenMb, Buffer.alloc(1)]));
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toBe('{"message":"Request Entity Too Large"}');
    expect(events).toHaveLength(1);
  });

  test('headers over 10,240 bytes', async () => {
    expect((await exchange('GET', '/', { a: 'x'.repeat(11_000) })).status).toBe(431);
  });

  test('a path without a route', async () => {
    const bare = await startGateway({ port: 0, routes: [], invoke: returns('') });
    const response = await fetch(`${bare.url}/any`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'Not Found' });
    await bare.stop();
  });
});
