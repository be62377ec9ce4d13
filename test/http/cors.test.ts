import { describe, expect, test } from '@jest/globals';
import { api } from '../../lib/http/api.ts';
import type { CorsOrigins } from '../../lib/http/cors.ts';
import { HttpError } from '../../lib/http/http-error.ts';
import { jsonReply } from '../../lib/http/reply.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createReportedLog } from '../fakes/reported.ts';

const ours = 'https://app.example';
const other = 'https://other.example';

/** The answer of a function with these `corsOrigins`. */
function ask(
  origins: CorsOrigins | undefined,
  {
    isPrivate = false,
    answer = async () => jsonReply(200, {}, { vary: 'Accept-Encoding' }),
    origin = ours,
    ...of
  }: Options = {},
) {
  const endpoint = { methods: ['GET', 'HEAD'], answer };
  const handler = api([{ path: '/topics/', endpoint }], {
    ...{ corsOrigins: origins, isPrivate },
    nowMs: () => 0,
    log: createReportedLog().log,
  });
  const headers = { ...of.headers, ...(origin === '' ? {} : { Origin: origin }) };
  return handler(httpEvent({ ...of, headers }), lambdaContext());
}
interface Options {
  isPrivate?: boolean;
  method?: string;
  path?: string;
  origin?: string;
  headers?: Record<string, string>;
  answer?: () => Promise<ReturnType<typeof jsonReply>>;
}

const failing = () => Promise.reject(new HttpError(410, 'version_gone', 'It is gone.'));

describe('for pages of all origins', () => {
  test.each<[string, Options, number]>([
    ['an answer', {}, 200],
    ['an answer to nobody’s page, which a cache gives to a page', { origin: '' }, 200],
    ['an error of the endpoint', { answer: failing }, 410],
    ['an unknown path', { path: '/x/' }, 404],
    ['a method that is not answered', { method: 'PUT' }, 405],
    ['HEAD', { method: 'HEAD' }, 200],
  ])('%s says so, and which headers a page may read', async (_, options, status) => {
    const { statusCode, headers } = await ask('*', options);
    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers':
        'ETag, Link, Snapshot-Version, Age, Cache-Status, Total-Count, Retry-After, Last-Modified',
    });
    expect(headers['vary'] ?? '').not.toContain('Origin');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('an event that is no request says so too', async () => {
    const deps = { corsOrigins: '*', nowMs: () => 0, log: createReportedLog().log } as const;
    expect(await api([], deps)({ headers: 7 }, lambdaContext())).toMatchObject({
      statusCode: 400,
      headers: { 'access-control-allow-origin': '*' },
    });
  });
});

test('a preflight is answered 204, for a day, with the headers that a page may send, and asks no endpoint', async () => {
  const answer = await ask('*', {
    method: 'OPTIONS',
    headers: { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'if-none-match' },
    answer: failing,
  });
  expect(answer).toEqual({
    statusCode: 204,
    headers: expect.objectContaining({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'If-None-Match, Cache-Control, Transaction-Id',
      'access-control-max-age': '86400',
    }),
  });
});

describe('Authorization and the other headers of a signature', () => {
  const credentials = 'Authorization, X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token';

  test.each<[CorsOrigins]>([['*'], [[ours]]])('may be sent to private lists: %j', async (origins) => {
    const { headers } = await ask(origins, { method: 'OPTIONS', isPrivate: true });
    expect(headers['access-control-allow-headers']).toBe(
      `If-None-Match, Cache-Control, Transaction-Id, ${credentials}`,
    );
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('may not be sent to public ones', async () => {
    for (const origins of ['*', [ours]] as const) {
      const { headers } = await ask(origins, { method: 'OPTIONS' });
      expect(headers['access-control-allow-headers']).not.toMatch(/authorization|x-amz/i);
    }
  });
});

test('405 allows OPTIONS where it is answered', async () => {
  expect((await ask('*', { method: 'PUT' })).headers['allow']).toBe('GET, HEAD, OPTIONS');
  expect((await ask('*', { method: 'OPTIONS' })).headers['allow']).toBe('GET, HEAD, OPTIONS');
  expect((await ask(undefined, { method: 'PUT' })).headers['allow']).toBe('GET, HEAD');
});

describe('for pages of some origins', () => {
  const origins = [other, ours];

  test('one of them may read, and caches keep the answers of origins apart', async () => {
    const { headers } = await ask(origins);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ours,
      vary: 'Accept-Encoding, Origin',
    });
  });

  test.each(['https://app.example.evil', 'http://app.example', 'null', ''])(
    'another (%s) may not, and caches keep its answer apart',
    async (origin) => {
      for (const method of ['GET', 'OPTIONS', 'PUT']) {
        const { headers } = await ask(origins, { origin, method });
        expect(headers).not.toHaveProperty('access-control-allow-origin');
        expect(headers['vary']).toContain('Origin');
      }
    },
  );

  test('whose header comes in a list is recognised', async () => {
    const deps = { corsOrigins: origins, nowMs: () => 0, log: createReportedLog().log };
    const balanced = { path: '/', httpMethod: 'GET', requestContext: { elb: {} } };
    const event = { ...balanced, multiValueHeaders: { ORIGIN: [ours] } };
    const answer = await api([], deps)(event, lambdaContext());
    expect(answer.multiValueHeaders).toMatchObject({ 'access-control-allow-origin': [ours] });
  });
});

test.each(['GET', 'OPTIONS', 'PUT'])(
  'a function that names no origins answers pages nothing: %s',
  async (method) => {
    const { statusCode, headers } = await ask(undefined, { method });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['vary'] ?? '').not.toContain('Origin');
    expect(statusCode).toBe(method === 'GET' ? 200 : 405);
  },
);
