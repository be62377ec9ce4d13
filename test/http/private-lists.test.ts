import { expect, test } from '@jest/globals';
import { api } from '../../lib/http/api.ts';
import { tableRoutes } from '../../lib/http/table-routes.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset, recordsOf } from '../reading/test-dataset.ts';
import { topics } from '../support/tables/topics.ts';

const limits = { maxAgeS: 60, staleWhileRevalidateS: 30, staleIfErrorS: 600 };

/** The `Cache-Control` of each kind of answer, and of its 304. */
async function cacheControls(scope: 'public' | 'private') {
  const dataset = createTestDataset({ tables: [topics] });
  const { generation: first } = await dataset.publish({ rows: { topics: recordsOf(3) } });
  dataset.clock.advance(5_000);
  const { generation: second } = await dataset.publish({ rows: { topics: recordsOf(4) } });
  const { log } = createReportedLog();
  const routes = tableRoutes([topics], {
    ...{ reader: dataset.container(), historyForS: 3_600, nowMs: dataset.clock.now, note: log.note },
    cacheControl: { scope, ...limits },
  });
  const handler = api(routes, { corsOrigins: '*', nowMs: dataset.clock.now, log });
  const get = (url: string, headers: Record<string, string> = {}) => {
    const [path = '', rawQueryString = ''] = url.split('?');
    return handler(httpEvent({ path, rawQueryString, headers }), lambdaContext());
  };
  const found: Record<string, string | undefined> = {};
  for (const url of [
    ...[
      '/topics/',
      '/topics/?limit=2',
      `/topics/?version=${second}`,
      '/topics/?id__gte=2',
      '/topics/?page=1',
    ],
    ...['/topics/2/', `/changes/topics/?since=${first}`, `/changes/topics/?since=${first}&until=${second}`],
  ]) {
    const answer = await get(url);
    expect([url, answer.statusCode]).toEqual([url, 200]);
    const same = await get(url, { 'if-none-match': String(answer.headers['etag']) });
    expect([url, same.statusCode]).toEqual([url, 304]);
    found[url] = answer.headers['cache-control'];
    found[`${url} unchanged`] = same.headers['cache-control'];
  }
  found['a record that is not there'] = (await get('/topics/99/')).headers['cache-control'];
  return found;
}

test('behind an authorizer every answer is private: lists, parts of them, records and changes', async () => {
  for (const [what, value = ''] of Object.entries(await cacheControls('private'))) {
    expect([what, value]).toEqual([what, expect.stringMatching(/^(private,|no-store)/)]);
    expect(value).not.toMatch(/public|s-maxage/);
  }
  const open = Object.values(await cacheControls('public'));
  expect(open.filter((value) => value?.startsWith('public, ')).length).toBeGreaterThan(10);
});
