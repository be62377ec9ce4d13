import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listEndpoint } from '../../lib/http/list-endpoint.ts';
import { parseRequest } from '../../lib/http/request.ts';
import type { ReadRequest } from '../../lib/reading/read-request.ts';
import type { Served } from '../../lib/reading/served.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset, recordsOf, type TestDataset } from '../reading/test-dataset.ts';
import { topics } from '../support/tables/topics.ts';

let dataset: TestDataset;
let container: ReturnType<TestDataset['container']>;
let asked: ReadRequest[];
let reported: ReturnType<typeof createReportedLog>;
/** A test's changes to the served list. */
let how: Partial<Served>;
const records = Array.from({ length: 10 }, (_, at) => recordOf(String(at * 3), 'é'.repeat(at)));

beforeEach(async () => {
  dataset = createTestDataset();
  container = dataset.container();
  asked = [];
  how = {};
  reported = createReportedLog();
  await dataset.publish({ rows: { topics: records } });
});

interface Options {
  method?: string;
  headers?: Record<string, string>;
  table?: typeof topics;
}

function get(query: string, { method = 'GET', headers = {}, table = topics }: Options = {}) {
  const endpoint = listEndpoint({
    table,
    reader: {
      async read(request) {
        asked.push(request);
        return { ...(await container.read(request)), ...how };
      },
    },
    cacheControl: { maxAgeS: 5, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    note: reported.log.note,
  });
  const event = httpEvent({ method, headers, rawQueryString: query });
  return endpoint.answer(parseRequest(event), { key: '', deadlineMs: dataset.clock.now() + 30_000 });
}
const bodyOf = async (query: string) => String(decoded(await get(query)));

describe('the whole list', () => {
  test('is every record, with their number, version and time', async () => {
    const pointer = await dataset.pointers.read();
    const answer = await get('');
    expect(String(decoded(answer))).toBe(naiveBody('topics', records));
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=5',
      vary: 'Accept-Encoding, Transaction-Id',
      'snapshot-version': String(pointer?.generation),
      'last-modified': new Date(pointer?.generation ?? 0).toUTCString(),
      'total-count': '10',
      age: '0',
    });
    expect(answer.headers).not.toHaveProperty('link');
  });

  test.each([
    ['HEAD', { method: 'HEAD' }, 200],
    ['If-None-Match', { headers: { 'if-none-match': '*' } }, 304],
  ])('costs no chunk where there is no body for it: %s', async (_, options, status) => {
    dataset.fetched();
    const answer = await get('', options);
    expect(answer.statusCode).toBe(status);
    expect(dataset.fetched()).toEqual([]);
    const { headers } = await get('');
    expect(answer.headers).toMatchObject({
      etag: headers['etag'],
      'snapshot-version': headers['snapshot-version'],
    });
  });
});

describe('a page', () => {
  test.each([
    ['limit=1', 1],
    ['limit=010', 10],
    ['limit=1000', 10],
    ['after=12', 5],
    ['after=13&limit=2', 2],
    ['after=-5&limit=2', 2],
    ['after=27', 0],
    ['after=9999999999999999999', 0],
    ['limit=9&limit=2', 2],
  ])('of %s has %i records', async (query, count) => {
    expect(JSON.parse(await bodyOf(query))).toHaveProperty('topics.length', count);
  });

  test('has as many records as the table says where the request does not', async () => {
    const table = { ...topics, pageSize: 3 };
    const answer = await get('after=-1', { table });
    expect(JSON.parse(String(decoded(answer)))).toHaveProperty('topics.length', 3);
    expect(answer.headers['link']).toContain('limit=3');
  });

  test.each(['0', '-1', '10001', '1.5', '1e2', 'ten', '', '%201', '99999999999999999999'])(
    'with limit=%s is 400, and nothing is read for it',
    async (limit) => {
      await expect(get(`limit=${limit}`)).rejects.toMatchObject({ status: 400, code: 'limit_invalid' });
      expect(asked).toEqual([]);
    },
  );

  test.each(['', 'x', '1.0', '1e3', '--1', '%201', '0x10', '10000000000000000000'])(
    'with after=%s is 400, and nothing is read for it',
    async (after) => {
      await expect(get(`after=${after}`)).rejects.toMatchObject({ status: 400, code: 'after_invalid' });
      expect(asked).toEqual([]);
    },
  );

  test('has its own ETag, and If-None-Match with it reads no chunk', async () => {
    const { headers } = await get('limit=3');
    expect(headers['etag']).not.toBe((await get('')).headers['etag']);
    expect(headers['etag']).not.toBe((await get('limit=4')).headers['etag']);
    expect(headers['etag']).not.toBe((await get('limit=3&after=3')).headers['etag']);
    container = dataset.container();
    dataset.fetched();
    const again = await get('limit=3', { headers: { 'if-none-match': headers['etag'] ?? '' } });
    expect(again).toMatchObject({ statusCode: 304, headers: { etag: headers['etag'] } });
    expect(dataset.fetched()).toEqual([]);
  });

  test('is answered to HEAD with the link to the next one', async () => {
    await get('limit=3');
    const { headers } = await get('limit=3');
    expect((await get('limit=3', { method: 'HEAD' })).headers).toEqual(headers);
  });

  test.each(['gzip', 'br'])('in %s decodes to the same bytes', async (coding) => {
    const answer = await get('limit=7', { headers: { 'accept-encoding': coding } });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(decoded(answer)).toEqual(decoded(await get('limit=7')));
  });
});

describe('the link to the next page', () => {
  const linkOf = async (query: string, options: Options = {}) => {
    const { headers } = await get(query, options);
    return /^<(\?.*)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];
  };

  test('is relative, keeps every parameter, and names the version that the table is of', async () => {
    const pointer = await dataset.pointers.read();
    await dataset.publish({ rows: { topics: records, categories: recordsOf(1) } });
    const link = new URLSearchParams(
      await linkOf('x=a%26b&limit=3&transaction=7&x=2', { table: { ...topics, strict: false } }),
    );
    expect([...link]).toEqual([
      ['x', 'a&b'],
      ['limit', '3'],
      ['transaction', '7'],
      ['x', '2'],
      ['after', '6'],
      ['version', String(pointer?.generation)],
    ]);
  });

  test('keeps the version that the request names', async () => {
    const first = await dataset.pointers.read();
    await dataset.publish({ rows: { topics: recordsOf(3) } });
    expect(await linkOf(`limit=3&version=${first?.generation}`)).toContain(`version=${first?.generation}&`);
  });

  test('names no version that only this container knows', async () => {
    how = { local: true };
    expect(await linkOf('limit=3')).toBe('?limit=3&after=6');
  });

  test('leads to every record exactly once, in order, while generations are published', async () => {
    const counts = { count: fc.nat(30), limit: fc.integer({ min: 1, max: 35 }) };
    await fc.assert(
      fc.asyncProperty(fc.record(counts), async ({ count, limit }) => {
        dataset = createTestDataset();
        container = dataset.container();
        const rows = recordsOf(count);
        await dataset.publish({ rows: { topics: rows } });
        const seen: unknown[] = [];
        let query: string | undefined = `?limit=${limit}`;
        for (let pages = 0; query !== undefined; pages += 1) {
          expect(pages).toBeLessThanOrEqual(count);
          const { topics: page }: { topics: unknown[] } = JSON.parse(await bodyOf(query.slice(1)));
          expect(page.length).toBeLessThanOrEqual(limit);
          seen.push(...page);
          const next = await linkOf(query.slice(1));
          await dataset.publish({ rows: { topics: recordsOf(count, pages) } });
          dataset.clock.advance(2_000);
          query = next;
        }
        expect(JSON.stringify({ topics: seen })).toBe(naiveBody('topics', rows));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the reader is called', () => {
  test.each(['no-cache', 'No-Cache', 'max-age=0', 'no-transform, no-cache', 'max-age=0,no-cache'])(
    'anew with Cache-Control: %s',
    async (header) => {
      await get('', { headers: { 'cache-control': header } });
      expect(asked).toMatchObject([{ noCache: true, table: topics }]);
    },
  );

  test.each(['max-age=60', 'x-no-cache', 'no-cached', 'max-age=01', ''])(
    'as usual with Cache-Control: %s',
    async (header) => {
      await get('', { headers: { 'cache-control': header } });
      expect(asked).toMatchObject([{ noCache: false }]);
    },
  );

  test('for the transaction that a parameter or a header names, the parameter before the header', async () => {
    await get('transaction=12');
    await get('', { headers: { 'Transaction-Id': '13' } });
    await get('transaction=12', { headers: { 'transaction-id': '13' } });
    expect(asked.map(({ transactionId }) => transactionId)).toEqual(['12', '13', '12']);
  });

  test.each(['', 'x', '-1', '1.0', '12345678901234567890', '7%2012'])(
    'for no transaction called %s: that is 400',
    async (transaction) => {
      await expect(get(`transaction=${transaction}`)).rejects.toMatchObject({
        status: 400,
        code: 'transaction_invalid',
      });
      expect(asked).toEqual([]);
    },
  );

  test.each(['', 'x', '-1', '1.5', '1234567890123456'])(
    'for no version called %s: that is 400',
    async (version) => {
      await expect(get(`version=${version}`)).rejects.toMatchObject({ status: 400, code: 'version_invalid' });
      expect(asked).toEqual([]);
    },
  );
});

test.each<[Pick<Served, 'from' | 'stale'>, { hit: number; miss: number; staleServed: number }]>([
  [
    { from: 'memory', stale: false },
    { hit: 1, miss: 0, staleServed: 0 },
  ],
  [
    { from: 'store', stale: false },
    { hit: 0, miss: 1, staleServed: 0 },
  ],
  [
    { from: 'database', stale: false },
    { hit: 0, miss: 1, staleServed: 0 },
  ],
  [
    { from: 'memory', stale: true },
    { hit: 0, miss: 0, staleServed: 1 },
  ],
])('a list served %j counts %j for its table', async (of, count) => {
  how = { ...of, ageMs: 250, version: 7 };
  await get('');
  expect(reported.noted).toEqual([{ table: 'topics', from: of.from, ageMs: 250, version: 7, ...count }]);
});
