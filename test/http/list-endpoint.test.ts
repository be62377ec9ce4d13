import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listEndpoint } from '../../lib/http/list-endpoint.ts';
import { parseRequest } from '../../lib/http/request.ts';
import type { Reader, ReadRequest, Served } from '../../lib/reading/reader.ts';
import { pageOf } from '../../lib/snapshots/page.ts';
import { toPayload } from '../../lib/snapshots/snapshot.ts';
import { keysOf } from '../../lib/tables/key.ts';
import { topics } from '../../tables/topics.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { loadedOf } from '../fakes/loaded.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';

const keys = keysOf(topics.key.order);
const deadlineMs = 1_000_000;

let served: Served;
let asked: ReadRequest[];
let reported: ReturnType<typeof createReportedLog>;

beforeEach(async () => {
  served = { snapshot: await loadedOf(recordsOf(10)), from: 'memory', ageMs: 0, stale: false };
  asked = [];
  reported = createReportedLog();
});

const recordsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => recordOf(String(at * 3), 'é'.repeat(at)));

function get(query?: Record<string, string>, headers: Record<string, string> = {}, path = '/topics/') {
  const reader: Reader = {
    async read(request) {
      asked.push(request);
      return served;
    },
  };
  const endpoint = listEndpoint({
    reader,
    page: (snapshot, range) => pageOf(snapshot, range, keys.compare),
    parseKey: keys.parse,
    toPayload,
    cacheControl: { maxAgeS: 5, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    note: reported.log.note,
  });
  const event = httpEvent({ path, headers, ...(query === undefined ? {} : { query }) });
  return endpoint.answer(parseRequest(event), deadlineMs);
}

test('without a range, the answer is all of the snapshot', async () => {
  const answer = await get();
  expect(decoded(answer).equals(served.snapshot.body())).toBe(true);
  expect(answer.headers).toMatchObject({ 'cache-control': 'public, max-age=5' });
  expect(answer.headers).not.toHaveProperty('link');
});

test.each([{}, { limit: '3' }, { after: '27' }])(
  'a cache keeps the list (%j) by the coding and by the transaction that a header names',
  async (query) => {
    const { headers } = await get(query);
    expect(headers['vary']).toBe('Accept-Encoding, Transaction-Id');
    const again = await get(query, { 'if-none-match': headers['etag'] ?? '' });
    expect(again).toMatchObject({ statusCode: 304, headers: { vary: headers['vary'] } });
  },
);

describe('a page', () => {
  test.each<[query: Record<string, string>, count: number]>([
    [{ limit: '1' }, 1],
    [{ limit: '010' }, 10],
    [{ limit: '1000' }, 10],
    [{ after: '12' }, 5],
    [{ after: '13', limit: '2' }, 2],
    [{ after: '-5', limit: '2' }, 2],
    [{ after: '27' }, 0],
    [{ after: '9999999999999999999' }, 0],
  ])('of %j has %i records', async (query, count) => {
    expect(JSON.parse(String(decoded(await get(query))))).toHaveProperty('topics.length', count);
  });

  test('has 1,000 records at most, and as many unless a limit is given', async () => {
    served = { ...served, snapshot: await loadedOf(recordsOf(1_001)) };
    const answer = await get({ after: '-1' });
    expect(JSON.parse(String(decoded(answer)))).toHaveProperty('topics.length', 1_000);
    expect(answer.headers['link']).toBe('</topics/?limit=1000&after=2997>; rel="next"');
  });

  test.each(['0', '-1', '1001', '1.5', '1e2', 'ten', '', ' 1', '99999999999999999999'])(
    'with limit=%j is 400, and nothing is read for it',
    async (limit) => {
      await expect(get({ limit })).rejects.toMatchObject({ status: 400, code: 'limit_invalid' });
      expect(asked).toEqual([]);
    },
  );

  test.each(['', 'x', '1.0', '1e3', '--1', ' 1', '0x10', '10000000000000000000'])(
    'with after=%j is 400, and nothing is read for it',
    async (after) => {
      await expect(get({ after })).rejects.toMatchObject({ status: 400, code: 'after_invalid' });
      expect(asked).toEqual([]);
    },
  );

  test.each(['/topics', '/topics/', '/prod/topics/'])('links to the next one at %s itself', async (path) => {
    const { headers } = await get({ limit: '3' }, {}, path);
    expect(headers['link']).toBe(`<${path}?limit=3&after=6>; rel="next"`);
  });

  test('has a validator of its own, by its content', async () => {
    const { headers } = await get({ limit: '3' });
    expect(headers['etag']).not.toBe((await get()).headers['etag']);
    expect(headers['etag']).not.toBe((await get({ limit: '4' })).headers['etag']);
    const again = await get({ limit: '3' }, { 'if-none-match': headers['etag'] ?? '' });
    expect(again).toMatchObject({ statusCode: 304, headers: { link: headers['link'] } });
    expect(again).not.toHaveProperty('body');
  });

  test.each(['gzip', 'br'])('in %s decodes to the same bytes', async (coding) => {
    const answer = await get({ limit: '7' }, { 'accept-encoding': coding });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(decoded(answer)).toEqual(decoded(await get({ limit: '7' })));
  });

  test('after page, the links lead to every record exactly once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 35 }), async (count, limit) => {
        const records = recordsOf(count);
        served = { ...served, snapshot: await loadedOf(records) };
        const seen: unknown[] = [];
        let query: Record<string, string> | undefined = { limit: String(limit) };
        for (let pages = 0; query !== undefined; pages += 1) {
          expect(pages).toBeLessThanOrEqual(count);
          const answer = await get(query);
          const { topics }: { topics: unknown[] } = JSON.parse(String(decoded(answer)));
          expect(topics.length).toBeLessThanOrEqual(limit);
          seen.push(...topics);
          const [, next] = /^<\/topics\/\?(.*)>; rel="next"$/.exec(answer.headers['link'] ?? '') ?? [];
          query = next === undefined ? undefined : Object.fromEntries(new URLSearchParams(next));
        }
        expect(JSON.stringify({ topics: seen })).toBe(naiveBody('topics', records));
      }),
    );
  });
});

describe('the reader is asked', () => {
  test.each(['no-cache', 'No-Cache', 'max-age=0', 'no-transform, no-cache', 'max-age=0,no-cache'])(
    'anew with Cache-Control: %s',
    async (header) => {
      await get({}, { 'cache-control': header });
      expect(asked).toEqual([{ noCache: true, transactionId: undefined, deadlineMs }]);
    },
  );

  test.each(['max-age=60', 'x-no-cache', 'no-cached', 'max-age=01', ''])(
    'as usual with Cache-Control: %s',
    async (header) => {
      await get({}, { 'cache-control': header });
      expect(asked).toMatchObject([{ noCache: false }]);
    },
  );

  test('for the transaction that a parameter or a header names, the parameter before the header', async () => {
    await get({ transaction: '712' });
    await get({}, { 'Transaction-Id': '713' });
    await get({ transaction: '712' }, { 'transaction-id': '713' });
    expect(asked.map(({ transactionId }) => transactionId)).toEqual(['712', '713', '712']);
  });

  test.each(['', 'x', '-1', '1.0', '12345678901234567890', '7 12'])(
    'for no transaction called %j: that is 400',
    async (transaction) => {
      await expect(get({ transaction })).rejects.toMatchObject({ status: 400, code: 'transaction_invalid' });
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
])('what is served %j counts %j', async (how, count) => {
  served = { ...served, ...how, ageMs: 250 };
  await get();
  expect(reported.noted).toEqual([{ from: how.from, ageMs: 250, version: 7, ...count }]);
});
