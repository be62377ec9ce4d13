import { beforeEach, describe, expect, test } from '@jest/globals';
import { api } from '../../lib/http/api.ts';
import { tableRoutes } from '../../lib/http/table-routes.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { recordOf } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset, recordsOf, type TestDataset } from '../reading/test-dataset.ts';
import { categories } from '../support/tables/categories.ts';
import { countries } from '../support/tables/countries.ts';
import { topics } from '../support/tables/topics.ts';

let dataset: TestDataset;
let reported: ReturnType<typeof createReportedLog>;
let handler: ReturnType<typeof api>;

beforeEach(() => {
  dataset = createTestDataset({ tables: [topics, categories, countries] });
  reported = createReportedLog();
  const routes = tableRoutes([topics, categories, countries], {
    reader: dataset.container(),
    cacheControl: { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    historyForS: 3_600,
    nowMs: dataset.clock.now,
    note: reported.log.note,
  });
  handler = api(routes, { nowMs: dataset.clock.now, log: reported.log });
});

interface Options {
  method?: string;
  headers?: Record<string, string>;
  rawQueryString?: string;
}
const get = (path: string, options: Options = {}) =>
  handler(httpEvent({ path, ...options }), lambdaContext({ remainingMs: 30_000 }));

describe('one record', () => {
  const large = ['-9223372036854775808', '9007199254740993', '9223372036854775807'];
  const uuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
  /** Ordered by code points. */
  const texts = ['', ' a b ', '%2F', '100%', 'a/b', '~', '😀é'];
  const rows: Record<string, StoredRecord[]> = {
    topics: large.map((key) => recordOf(key, key)),
    categories: [recordOf(uuid, 'one')],
    countries: texts.map((key) => recordOf(key, key)),
  };
  beforeEach(async () => {
    await dataset.publish({ rows });
  });

  test.each([
    ...large.map((key) => [`/topics/${key}`, key]),
    ['/topics/009007199254740993/', '9007199254740993'],
    [`/categories/${uuid}/`, uuid],
    [`/categories/${uuid.toUpperCase()}`, uuid],
    ...texts.map((key) => [`/countries/${key}/`, key]),
    ...texts.filter((key) => key !== '').map((key) => [`/countries/${key}`, key]),
  ])('at %j is that of the key %j, as JSON', async (path, key) => {
    const answer = await get(path ?? '');
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(String(decoded(answer)))).toMatchObject({ id: key });
    expect(answer.headers).not.toHaveProperty('total-count');
    expect(answer.headers['snapshot-version']).toMatch(/^\d{13}$/);
  });

  test.each([
    '/topics/1',
    '/topics/x',
    '/topics/1.0',
    '/topics/99999999999999999999',
    '/categories/a0eebc99',
    `/categories/${uuid}/x`,
    '/countries/A/B',
    '/countries/a/b//',
  ])('at %j is not there: 404', async (path) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'record_not_found' });
  });

  test('that is not there is named in part, however long its key is', async () => {
    const { body = '' } = await get(`/countries/${'x'.repeat(5_000)}`);
    expect(body.length).toBeLessThan(250);
  });

  test('has its own ETag, which other records do not change', async () => {
    const { headers } = await get('/countries/~');
    const condition = { 'if-none-match': headers['etag'] ?? '' };
    await dataset.publish({ rows: { countries: [recordOf('a', 'new'), recordOf('~', '~')] } });
    dataset.clock.advance(2_000);
    expect(await get('/countries/~', { headers: condition })).toMatchObject({ statusCode: 304 });
    expect(await get('/countries/a', { headers: condition })).toMatchObject({ statusCode: 200 });
    expect(await get('/countries/a', { headers: { 'if-match': headers['etag'] ?? '' } })).toMatchObject({
      statusCode: 412,
    });
  });

  test('answers HEAD as GET, without a body', async () => {
    await get('/countries/~');
    const { statusCode, headers } = await get('/countries/~');
    expect(await get('/countries/~', { method: 'HEAD' })).toEqual({ statusCode, headers });
  });

  test('is answered as it was at a version', async () => {
    const { headers } = await get('/countries/~');
    await dataset.publish({ rows: { countries: [recordOf('~', 'new')] } });
    dataset.clock.advance(2_000);
    const rawQueryString = `version=${headers['snapshot-version']}`;
    expect((await get('/countries/~', { rawQueryString })).headers['etag']).toBe(headers['etag']);
    expect((await get('/countries/~')).headers['etag']).not.toBe(headers['etag']);
  });
});

describe('a version that cannot be had', () => {
  beforeEach(async () => {
    await dataset.publish({ rows: { topics: recordsOf(2) } });
  });

  test.each([
    ['version=1', 410, 'version_gone'],
    ['version=999999999999999', 404, 'version_unknown'],
  ])('(%s) is %i %s, which does not pass by itself', async (rawQueryString, status, code) => {
    await dataset.amend(({ generation }) => ({ oldest: generation }));
    const answer = await get('/topics/', { rawQueryString });
    expect(answer.statusCode).toBe(status);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code, message: expect.stringContaining('ersion') });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  test('is 409 where a transaction is waited for behind a pin', async () => {
    await dataset.amend(({ generation }) => ({ pin: generation }));
    const answer = await get('/topics/', { rawQueryString: 'transaction=5' });
    expect(answer).toMatchObject({ statusCode: 409 });
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect((await get('/topics/')).headers['cache-status']).toBe('offload; hit; detail=pinned');
  });
});

test('64 concurrent requests each get their own answer and log notes', async () => {
  await dataset.publish({ rows: { topics: recordsOf(64), countries: [recordOf('a', 1)] } });
  const paths = Array.from({ length: 64 }, (_, at) => (at % 8 === 0 ? '/countries/a' : `/topics/${at}`));
  const answers = await Promise.all(paths.map((path) => get(path)));
  for (const [at, answer] of answers.entries())
    expect(JSON.parse(String(decoded(answer))).id).toBe(at % 8 === 0 ? 'a' : String(at));
  expect(reported.noted.filter((noted) => noted['table'] === 'countries')).toHaveLength(8);
});

test.each(['/topics', '/topics/'])('%s is the list, with and without the slash', async (path) => {
  await dataset.publish({ rows: { topics: recordsOf(2) } });
  expect(await get(path)).toMatchObject({ statusCode: 200, headers: { 'total-count': '2' } });
});
