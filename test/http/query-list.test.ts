import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { api } from '../../lib/http/api.ts';
import { tableRoutes } from '../../lib/http/table-routes.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { storedRecord } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset } from '../reading/test-dataset.ts';
import { topics } from '../support/tables/topics.ts';

const records = [
  { id: 1, title: 'cat', comment: 'of a dog', dt: '2024-01-01T00:00:00+00:00' },
  { id: 2, title: 'a dog', comment: '', dt: '2024-01-02T00:00:00+00:00' },
  { id: 3, title: 'cats', comment: 'two', dt: '2023-06-01T00:00:00+00:00' },
].map((record) => storedRecord(String(record.id), JSON.stringify(record)));

/** The keys in the answer to each example of docs/queries.md. */
const keys: Record<string, readonly number[]> = {
  'title=cat': [1],
  'id__exact=2': [2],
  'title__iexact=CAT': [1],
  'id__in=1,3': [1, 3],
  'dt__gte=2024-01-02T00:00:00Z': [2],
  'id__range=2,3': [2, 3],
  'dt__isnull=false': [1, 2, 3],
  'title__icontains=CAT': [1, 3],
  'title__istartswith=A': [2],
  'title__endswith=dog': [2],
  'dt__date=2024-01-01': [1],
  'dt__year=2024': [1, 2],
  'title!=cat': [2, 3],
  'ordering=-dt,id': [2, 1, 3],
  'search=cat "a dog"': [1],
  'fields=id,title': [1, 2, 3],
  'limit=2&after=1': [2, 3],
  'ordering=-dt&limit=2&cursor=': [2, 1],
  'limit=2&offset=1': [2, 3],
  'page=2&page_size=2': [3],
  'title__contains=cat&count=exact': [1, 3],
  'format=json': [1, 2, 3],
  'search=cat&transaction=1': [1, 3],
};
const document = readFileSync(new URL('../../docs/queries.md', import.meta.url), 'utf8');
const examples = [...document.matchAll(/`\/topics\/\?([^`]*)`/g)].map(([, query = '']) => query);

async function get(query: string, headers: Record<string, string> = {}) {
  const dataset = createTestDataset({ tables: [topics], chunkBytes: 100 });
  await dataset.publish({ rows: { topics: records } });
  const { log } = createReportedLog();
  const routes = tableRoutes([topics], {
    reader: dataset.container(),
    cacheControl: { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    historyForS: 3_600,
    nowMs: dataset.clock.now,
    note: log.note,
  });
  const event = httpEvent({ rawQueryString: encodeURI(query), headers });
  return api(routes, { nowMs: dataset.clock.now, log })(event, lambdaContext({ remainingMs: 30_000 }));
}

describe('an example of docs/queries.md', () => {
  test('has an answer that is known here', () => {
    expect([...examples].sort()).toEqual(Object.keys(keys).sort());
  });

  test.each(examples)('%s', async (query) => {
    const answer = await get(query);
    const { topics: found } = JSON.parse(String(decoded(answer)));
    expect(found.map(({ id }: { id: number }) => id)).toEqual(keys[query]);
    expect(answer.headers['total-count']).toBe(query.includes('count=exact') ? '2' : '3');
  });
});

test('fields are the requested ones, in the order of the record', async () => {
  const { topics: found } = JSON.parse(String(decoded(await get('fields=title,id&id=2'))));
  expect(JSON.stringify(found)).toBe('[{"id":2,"title":"a dog"}]');
});

describe('pages under an ordering', () => {
  const linkOf = (headers: Record<string, string>, rel: string) =>
    new RegExp(`<\\?([^>]*)>; rel="${rel}"`).exec(headers['link'] ?? '')?.[1];
  const idsOf = (answer: Awaited<ReturnType<typeof get>>) =>
    JSON.parse(String(decoded(answer))).topics.map(({ id }: { id: number }) => id);

  test.each([
    'ordering=-dt&limit=1',
    'cursor=&limit=1',
    'limit=1&offset=0&ordering=-dt',
    'page=1&page_size=1&ordering=-dt',
  ])('by %s are walked to the end and back by the links, pinned to the version', async (first) => {
    const seen: number[] = [];
    let answer = await get(first);
    const visited: string[] = [];
    for (
      let query = linkOf(answer.headers, 'next');
      query !== undefined;
      query = linkOf(answer.headers, 'next')
    ) {
      seen.push(...idsOf(answer));
      expect(query).toMatch(/version=\d+/);
      visited.push(query);
      answer = await get(query.replace(/&version=\d+/, ''));
    }
    seen.push(...idsOf(answer));
    expect(seen).toEqual(first.includes('-dt') ? [2, 1, 3] : [1, 2, 3]);
    const back: number[] = [];
    for (
      let query = linkOf(answer.headers, 'prev');
      query !== undefined;
      query = linkOf(answer.headers, 'prev')
    ) {
      answer = await get(query.replace(/&version=\d+/, ''));
      back.unshift(...idsOf(answer));
    }
    expect(back).toEqual(seen.slice(0, -1));
    expect(visited).toHaveLength(2);
  });

  test.each([
    'x',
    Buffer.from('["-dt",false,[1]]').toString('base64url'),
    Buffer.from('["id",false,["1"]]').toString('base64url'),
  ])('take no cursor like %s: 400', async (cursor) => {
    const answer = await get(`cursor=${cursor}`);
    expect(answer).toMatchObject({ statusCode: 400 });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'cursor_invalid' });
  });
});

describe('a client that has the answer', () => {
  test('gets the same answer for any order of its parameters', async () => {
    const { headers } = await get('title__contains=cat&id__gt=1');
    const condition = { 'if-none-match': headers['etag'] ?? '' };
    expect(await get('id__gt=1&title__contains=cat', condition)).toMatchObject({ statusCode: 304 });
    expect(await get('id__gt=2&title__contains=cat', condition)).toMatchObject({ statusCode: 200 });
  });
});

test.each([
  ['titel=cat', 'parameter_unknown', 'titel'],
  ['title__foo=cat', 'parameter_unknown', 'icontains'],
  ['id=x', 'filter_invalid', 'id'],
  ['id=1.5', 'filter_invalid', 'whole number'],
  ['dt__gte=2024-02-30', 'filter_invalid', '2024-02-30'],
  ['dt__isnull=maybe', 'filter_invalid', 'true or false'],
  [`id__in=${'1,'.repeat(100)}1`, 'filter_invalid', '100'],
  ['ordering=titel', 'ordering_invalid', 'title'],
  ['fields=titel', 'fields_invalid', 'title'],
  ['limit=0&ordering=title', 'limit_invalid', '1000'],
  ['page_size=1001', 'page_size_invalid', '1000'],
  ['offset=-1', 'offset_invalid', 'offset'],
  ['page=1&offset=1', 'paging_ambiguous', 'page'],
  ['page=1&limit=2', 'paging_ambiguous', 'page and limit'],
  ['limit=2&page_size=3', 'paging_ambiguous', 'page_size and limit'],
  ['page_size=3&after=1', 'paging_ambiguous', 'page_size and after'],
  ['page_size=3&cursor=', 'paging_ambiguous', 'page_size and cursor'],
  ['after=1&offset=1', 'paging_ambiguous', 'after and offset'],
  ['after=1&ordering=title', 'after_invalid', 'cursor'],
  ['count=yes', 'count_invalid', 'exact'],
  ['format=xml', 'format_invalid', 'json'],
  [`title=${'x'.repeat(1_001)}`, 'filter_too_long', '1000'],
  [`search=${'a,'.repeat(11)}`, 'search_too_long', '10'],
])('%s is 400 %s, which names %s', async (query, code, named) => {
  const answer = await get(query);
  expect(answer.statusCode).toBe(400);
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ code, message: expect.stringContaining(named) });
});

test.each([
  ['page=3&page_size=2', 'There is no page 3 of 2 records: the last is 2.'],
  ['page=0', 'page must be a whole number from 1 to 1000000000.'],
])('%s is 404, which says %s', async (query, message) => {
  const answer = await get(query);
  expect(answer.statusCode).toBe(404);
  expect(JSON.parse(answer.body ?? '')).toEqual({ code: 'page_invalid', message });
});
