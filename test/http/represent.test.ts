import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  type Content,
  cacheControlHeader,
  listHeaders,
  represent,
  wholeOf,
} from '../../lib/http/represent.ts';
import { mostAnswerBytes, parseRequest } from '../../lib/http/request.ts';
import type { Provenance, Served } from '../../lib/reading/served.ts';
import { toPayload } from '../../lib/snapshots/snapshot.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { recordOf } from '../fakes/records.ts';
import { createTestDataset } from '../reading/test-dataset.ts';

const records = Array.from({ length: 50 }, (_, at) => recordOf(String(at), 'ä€😀"\\ '.repeat(at)));
let served: Served;
beforeAll(async () => {
  const dataset = createTestDataset();
  const pointer = await dataset.publish({ rows: { topics: records } });
  const state = { generation: 1_700_000_000_712, changed: 1_700_000_000_000 };
  const topics = (pointer.tables['topics'] ?? []).map((entry) => ({ ...entry, ...state }));
  await dataset.amend(() => ({ tables: { topics } }));
  served = { ...(await dataset.container().read()), from: 'memory' };
});

const reply = (
  headers: Record<string, string> = {},
  {
    method = 'GET',
    of = served,
    content = wholeOf(of),
  }: { method?: string; of?: Served; content?: Content } = {},
) => represent(parseRequest(httpEvent({ method, headers })), content, listHeaders(of));
const accept = (coding: string) => ({ 'accept-encoding': coding });

describe('the answer', () => {
  test.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip;q=0.5, br;q=0.1', 'gzip'],
    ['identity', undefined],
  ])('to Accept-Encoding: %s is in %s, and decodes to the same bytes', async (header, coding) => {
    const answer = await reply(accept(header));
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(answer.isBase64Encoded).toBe(coding !== undefined);
    expect(decoded(answer).equals(served.body())).toBe(true);
  });

  test('has Content-Type, Last-Modified and Vary', async () => {
    const { etag } = served.entry;
    expect(await reply()).toEqual({
      statusCode: 200,
      isBase64Encoded: false,
      body: served.body().toString(),
      headers: {
        'content-type': 'application/json',
        age: '0',
        'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
        'snapshot-version': '1700000000712',
        'total-count': '50',
        'cache-status': 'offload; hit; detail=memory',
        etag: `"${etag}"`,
      },
    });
  });

  test('has another validator in each coding', async () => {
    const { etag } = served.entry;
    expect((await reply(accept('br'))).headers['etag']).toBe(`"${etag}-br"`);
    expect((await reply(accept('gzip'))).headers['etag']).toBe(`"${etag}-gzip"`);
  });

  test.each([
    [0, '0'],
    [999, '0'],
    [1_000, '1'],
    [61_500, '61'],
  ])('of %i ms has the age of %s whole seconds', async (ageMs, age) => {
    expect((await reply({}, { of: { ...served, ageMs } })).headers['age']).toBe(age);
  });

  test.each<[Partial<Provenance>, string]>([
    [{ from: 'memory', stale: false }, 'offload; hit; detail=memory'],
    [{ from: 'store', stale: false }, 'offload; hit; detail=store'],
    [{ from: 'database', stale: false }, 'offload; fwd=miss; detail=database'],
    [{ from: 'memory', stale: true, frozen: true }, 'offload; hit; ttl=-1; detail=stale'],
    [{ from: 'store', frozen: true }, 'offload; hit; detail=frozen'],
    [{ from: 'store', pinned: true, frozen: true }, 'offload; hit; detail=pinned'],
  ])('says where it came from: %j', async (how, status) => {
    expect((await reply({}, { of: { ...served, ...how } })).headers['cache-status']).toBe(status);
  });

  test.each(['*;q=0', 'identity;q=0', 'zstd, identity;q=0'])(
    'to Accept-Encoding: %s is 406, for there is none',
    async (header) => {
      await expect(reply(accept(header))).rejects.toMatchObject({
        status: 406,
        code: 'coding_not_acceptable',
      });
    },
  );
});

describe('304', () => {
  test.each(['identity', 'gzip', 'br'])('(%s) has the headers of the 200, and no body', async (coding) => {
    const { headers } = await reply(accept(coding));
    const again = await reply({ ...accept(coding), 'if-none-match': headers['etag'] ?? '' });
    const { 'content-type': _type, 'content-encoding': _coding, ...validators } = headers;
    expect(again).toEqual({ statusCode: 304, headers: validators });
  });

  test('names the representation that the client has, where it takes several', async () => {
    const etag = `"${served.entry.etag}-gzip"`;
    const again = await reply({ ...accept('gzip, br'), 'if-none-match': `"older", W/${etag}` });
    expect(again).toMatchObject({ statusCode: 304, headers: { etag } });
  });

  test('is not for a representation that the client cannot read', async () => {
    const held = `"${served.entry.etag}-br"`;
    const again = await reply({ ...accept('gzip'), 'if-none-match': held });
    expect(again).toMatchObject({ statusCode: 200, headers: { 'content-encoding': 'gzip' } });
  });

  test('is not for content that has changed', async () => {
    expect(await reply({ 'if-none-match': '"older"' })).toMatchObject({ statusCode: 200 });
  });

  test('answers HEAD as GET, and never POST', async () => {
    expect(await reply({ 'if-none-match': '*' }, { method: 'HEAD' })).toMatchObject({ statusCode: 304 });
    expect(await reply({ 'if-none-match': '*' }, { method: 'POST' })).toMatchObject({ statusCode: 200 });
  });
});

describe('412', () => {
  test.each(['GET', 'HEAD'])('answers %s with an If-Match that names another content', async (method) => {
    const refused = reply({ 'if-match': '"older"' }, { method });
    await expect(refused).rejects.toMatchObject({ status: 412, code: 'precondition_failed' });
  });

  test('goes before 304: If-Match is evaluated first', async () => {
    const headers = { 'if-match': '"older"', 'if-none-match': '*' };
    await expect(reply(headers)).rejects.toMatchObject({ status: 412 });
    const both = { 'if-match': '*', 'if-none-match': '*' };
    expect(await reply(both)).toMatchObject({ statusCode: 304 });
  });

  test('is for no POST', async () => {
    expect(await reply({ 'if-match': '"older"' }, { method: 'POST' })).toMatchObject({ statusCode: 200 });
  });
});

describe('content that is too large for an answer of a function', () => {
  const contentOf = (body: Buffer): Content => ({
    hash: 'large',
    bytes: body.byteLength,
    payload: (coding) => toPayload(body, coding),
  });
  const letters = (bytes: number) => Buffer.alloc(bytes, 'a');

  test('uncoded is served in a coding that makes it fit, although another has more weight', async () => {
    const body = letters(mostAnswerBytes + 1);
    const answer = await reply(accept('identity, gzip;q=0.1'), { content: contentOf(body) });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(decoded(answer).equals(body)).toBe(true);
  });

  test('is 413 with advice where the client accepts no such coding', async () => {
    const refused = reply({}, { content: contentOf(letters(mostAnswerBytes + 1)) });
    await expect(refused).rejects.toMatchObject({
      status: 413,
      code: 'response_too_large',
      message: expect.stringMatching(/\?limit=.*\?after=/s),
    });
  });

  test('is measured as Lambda does, inside of a JSON string', async () => {
    const quotes = Buffer.alloc(mostAnswerBytes / 2, '"');
    await expect(reply({}, { content: contentOf(quotes) })).rejects.toMatchObject({ status: 413 });
    expect(await reply({}, { content: contentOf(letters(mostAnswerBytes - 2)) })).toMatchObject({
      statusCode: 200,
    });
  });

  test('is not measured where its size always fits', async () => {
    const body = letters((mostAnswerBytes - 2) / 6);
    const counted = jest.fn(() => 0);
    const payload: Content['payload'] = async (coding) => ({
      ...(await toPayload(body, coding)),
      payloadBytes: counted,
    });
    const content = { hash: 'small', bytes: body.byteLength, payload };
    await reply({}, { content });
    expect(counted).not.toHaveBeenCalled();
    await reply({}, { content: { ...content, bytes: body.byteLength + 1 } });
    expect(counted).toHaveBeenCalledTimes(1);
  });

  test('is measured in base64 where it is compressed', async () => {
    const content: Content = {
      hash: 'incompressible',
      bytes: mostAnswerBytes + 1,
      payload: async () => ({ body: '', isBase64Encoded: true, payloadBytes: () => mostAnswerBytes + 1 }),
    };
    await expect(reply(accept('gzip, br'), { content })).rejects.toMatchObject({ status: 413 });
  });

  test('is still not modified for a client that has it', async () => {
    const content = contentOf(letters(mostAnswerBytes + 1));
    const headers = { ...accept('identity, gzip'), 'if-none-match': '"large-gzip"' };
    expect(await reply(headers, { content })).toMatchObject({
      statusCode: 304,
      headers: { etag: '"large-gzip"' },
    });
  });
});

test.each([
  [{ maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 }, 'public, max-age=0'],
  [{ maxAgeS: 5, staleWhileRevalidateS: 0, staleIfErrorS: 0 }, 'public, max-age=5'],
  [
    { maxAgeS: 5, staleWhileRevalidateS: 30, staleIfErrorS: 0 },
    'public, max-age=5, stale-while-revalidate=30',
  ],
  [{ maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 60 }, 'public, max-age=0, stale-if-error=60'],
  [
    { maxAgeS: 1, staleWhileRevalidateS: 2, staleIfErrorS: 3 },
    'public, max-age=1, stale-while-revalidate=2, stale-if-error=3',
  ],
])('%j is Cache-Control: %s', (options, header) => {
  expect(cacheControlHeader(options)).toBe(header);
});

test('a private list has `private` beside any other directive', () => {
  const limits = { maxAgeS: 5, staleWhileRevalidateS: 0, staleIfErrorS: 9 };
  expect(cacheControlHeader({ ...limits, scope: 'private' })).toBe('private, max-age=5, stale-if-error=9');
  expect(cacheControlHeader(limits)).toBe('public, max-age=5, stale-if-error=9');
});
