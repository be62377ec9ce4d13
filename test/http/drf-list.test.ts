import { beforeEach, describe, expect, test } from '@jest/globals';
import { api } from '../../lib/http/api.ts';
import { tableRoutes } from '../../lib/http/table-routes.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { storedRecord } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset, type TestDataset } from '../reading/test-dataset.ts';

const table = defineTable({
  name: 'topics',
  relation: 'public.bbs_topic',
  key: 'id',
  columns: { id: column.integer(), title: column.text() },
  ...{ json: 'drf', envelope: 'drf', pageSize: 2, maxPageSize: 3 },
});
const records = Array.from({ length: 5 }, (_, at) =>
  storedRecord(String(at), JSON.stringify({ id: at, title: 'a' })),
);

let dataset: TestDataset;
beforeEach(async () => {
  dataset = createTestDataset({ tables: [table] });
  await dataset.publish({ rows: { topics: records } });
});

async function get(
  rawQueryString: string,
  options: { publicUrl?: string; path?: string; basePath?: string; headers?: Record<string, string> } = {},
) {
  const { publicUrl, path = '/topics/', basePath = '', headers = { host: 'api.example.com' } } = options;
  const { log } = createReportedLog();
  const routes = tableRoutes([table], {
    ...{
      reader: dataset.container(),
      historyForS: 3_600,
      nowMs: dataset.clock.now,
      note: log.note,
      publicUrl,
    },
    cacheControl: { maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
  });
  const event = httpEvent({ path, rawQueryString, headers });
  const answer = await api(routes, { basePath, nowMs: dataset.clock.now, log })(
    event,
    lambdaContext({ remainingMs: 30_000 }),
  );
  return { ...answer, json: answer.statusCode === 304 ? undefined : JSON.parse(String(decoded(answer))) };
}

describe('a list with the envelope of Django REST framework', () => {
  test('has links at the domain of the request, which name the version', async () => {
    const { json } = await get('page=2&format=json');
    const pointer = await dataset.pointers.read();
    const version = `version=${pointer?.generation}`;
    expect(json).toMatchObject({
      count: 5,
      next: `https://api.example.com/topics/?format=json&page=3&${version}`,
      previous: `https://api.example.com/topics/?format=json&${version}`,
      results: [{ id: 2 }, { id: 3 }],
    });
  });

  test.each([
    [{ publicUrl: 'https://www.example.com/v2/' }, 'https://www.example.com/v2/topics/?'],
    [{ basePath: '/v1', path: '/v1/topics/' }, 'https://api.example.com/v1/topics/?'],
    [{ headers: { host: 'localhost:3000', 'x-forwarded-proto': 'http' } }, 'http://localhost:3000/topics/?'],
  ])('has links as %j says', async (options, start) => {
    const { json } = await get('', options);
    expect(json.next.slice(0, start.length)).toBe(start);
  });

  test.each([
    ['page=9', 404, { detail: 'Invalid page.' }],
    ['format=xml', 404, { detail: 'Not found.' }],
    ['id=x&id__gt=y', 400, { id: ['Enter a number.'], id__gt: ['Enter a number.'] }],
    ['version=x', 400, { detail: 'version must be a Snapshot-Version, a whole number.' }],
  ])('refuses %s with %i, in the words of DRF', async (query, status, body) => {
    const answer = await get(query);
    expect(answer.statusCode).toBe(status);
    expect(answer.json).toEqual(body);
  });

  test('answers a missing record like DRF', async () => {
    expect((await get('', { path: '/topics/99/' })).json).toEqual({ detail: 'Not found.' });
  });

  test('has another validator at another address, and costs no chunk where the client has it', async () => {
    const { headers } = await get('page=2');
    const condition = { 'if-none-match': headers['etag'] ?? '' };
    dataset.fetched();
    expect(await get('page=2', { headers: { host: 'api.example.com', ...condition } })).toMatchObject({
      statusCode: 304,
    });
    expect(dataset.fetched()).toEqual([]);
    expect(await get('page=2', { headers: { host: 'other.example.com', ...condition } })).toMatchObject({
      statusCode: 200,
    });
  });
});
