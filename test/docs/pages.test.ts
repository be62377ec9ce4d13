import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pages } from '../../docs-site/pages.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { api } from '../../lib/http/api.ts';
import { filesEndpoint } from '../../lib/http/files-endpoint.ts';
import { homeEndpoint } from '../../lib/http/home-endpoint.ts';
import { openApiEndpoint } from '../../lib/http/openapi-endpoint.ts';
import { defineDataset } from '../../lib/tables/define-table.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestDataset, recordsOf, type TestDataset } from '../reading/test-dataset.ts';
import { topics } from '../support/tables/topics.ts';

let dataset: TestDataset;
let reported: ReturnType<typeof createReportedLog>;

beforeAll(() => {
  dataset = createTestDataset({ tables: [topics] });
  reported = createReportedLog();
});

function get(path: string, { method = 'GET', headers = {} as Record<string, string> } = {}) {
  const { log } = reported;
  const files = filesEndpoint(async () => pages);
  const tables = defineDataset([topics]);
  const { now: nowMs } = dataset.clock;
  const refresher = () => Promise.reject(new UnavailableError('nothing_published', 'x', { retryAfterMs: 1 }));
  const reader = dataset.container({ refresher });
  const home = homeEndpoint({
    ...{ tables, nowMs, report: log.report },
    reader: { read: (request) => reader.read(request) },
  });
  const handler = api(
    [
      { path: '/', endpoint: home },
      { path: '/openapi.json', endpoint: openApiEndpoint({ tables, serverUrl: '/' }) },
      { path: '/docs/', endpoint: files },
      { path: '/docs/{key}', endpoint: files },
    ],
    { corsOrigins: '*', nowMs, log },
  );
  return handler(httpEvent({ method, path, headers }), lambdaContext());
}
const textOf = async (...request: Parameters<typeof get>) => String(decoded(await get(...request)));
const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

describe('/docs/', () => {
  test('weighs at most 450 KB in brotli and 550 KB in gzip', () => {
    const html = Buffer.from(pages.find(({ name }) => name === '')?.br ?? '', 'base64');
    const page = brotliDecompressSync(html).toString();
    const loaded = pages.filter(({ name }) => name === '' || page.includes(`"${name}"`));
    expect(loaded).toHaveLength(4);
    const weigh = (coding: 'br' | 'gzip') =>
      loaded.reduce((sum, file) => sum + Buffer.byteLength(file[coding], 'base64'), 0);
    process.stdout.write(`/docs/: ${weigh('br')} bytes in brotli, ${weigh('gzip')} in gzip\n`);
    expect(weigh('br')).toBeLessThanOrEqual(450_000);
    expect(weigh('gzip')).toBeLessThanOrEqual(550_000);
  });

  test('has no inline script and no other host', async () => {
    const page = await textOf('/docs/');
    expect(page.match(/<script\b[^>]*>(?!<\/script>)/g)).toBeNull();
    expect(page).not.toMatch(/\bon\w+=|https?:|style=/);
    const { headers } = await get('/docs/');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
  });

  test('refers to files that may be kept for good, as their names have their hash', async () => {
    const page = await textOf('/docs/');
    const names = [...page.matchAll(/(?:src|href)="([^".]+\.[\w.]+)"/g)].map(([, name = '']) => name);
    expect(names).toHaveLength(3);
    for (const name of names) {
      const { statusCode, headers } = await get(`/docs/${name}`);
      expect(statusCode).toBe(200);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  test('without its slash redirects, since its links are relative', async () => {
    expect(await get('/docs')).toMatchObject({ statusCode: 308, headers: { location: 'docs/' } });
  });

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['', undefined],
  ])('to %j comes in %s, the same bytes', async (accepted, coding) => {
    const plain = await textOf('/docs/client.js');
    const answer = await get('/docs/client.js', { headers: { 'accept-encoding': accepted } });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(String(decoded(answer))).toBe(plain);
    const etag = answer.headers['etag'] ?? '';
    const headers = { 'accept-encoding': accepted, 'if-none-match': etag };
    expect(await get('/docs/client.js', { headers })).toMatchObject({ statusCode: 304, headers: { etag } });
  });

  test('has every file in both codings', () => {
    for (const { gzip, br, bytes } of pages) {
      const plain = gunzipSync(Buffer.from(gzip, 'base64'));
      expect(plain.byteLength).toBe(bytes);
      expect(brotliDecompressSync(Buffer.from(br, 'base64')).equals(plain)).toBe(true);
    }
  });

  test.each(['/docs/x', '/docs/../package.json', '/docs/swagger-ui.css', '/docs/%2e%2e/x'])(
    'has nothing at %s',
    async (path) => {
      expect((await get(path)).statusCode).toBe(404);
    },
  );
});

describe('/', () => {
  test('shows a table without a published generation as such', async () => {
    expect(JSON.parse(await textOf('/'))).toMatchObject({
      tables: [{ name: 'topics', count: null, version: null, ageS: null }],
    });
    expect(await textOf('/', asBrowser)).toContain('not published');
    expect(reported.names()).toContain('home.unknown');
  });

  test('says each table’s count, version and age, and where it is: as JSON', async () => {
    const { generation } = await dataset.publish({ rows: { topics: recordsOf(3) } });
    expect(JSON.parse(await textOf('/'))).toEqual({
      description: 'openapi.json',
      documentation: 'docs/',
      tables: [
        {
          ...{ name: 'topics', list: 'topics/', changes: 'changes/topics/' },
          live: 'docs/example.html?list=..%2Ftopics%2F&key=id',
          ...{ count: 3, version: generation, ageS: 0 },
        },
      ],
    });
    expect((await get('/')).headers).toMatchObject({
      'content-type': 'application/json',
      vary: 'Accept, Accept-Encoding',
    });
  });

  test('is a page for a browser, whose links all lead somewhere', async () => {
    const page = await textOf('/', asBrowser);
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    const own = links.filter((link) => /^(docs\/|openapi)/.test(link));
    expect(own.length).toBeGreaterThanOrEqual(6);
    for (const link of own) {
      const path = `/${link.replaceAll('&#38;', '&').split('?')[0]}`;
      expect([link, (await get(path)).statusCode]).toEqual([link, 200]);
    }
    expect(page).not.toContain('<script');
  });
});

test('/openapi.json is JSON that a client may keep, and asks for again by its ETag', async () => {
  const { headers } = await get('/openapi.json');
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-cache' });
  const held = await get('/openapi.json', { headers: { 'if-none-match': headers['etag'] ?? '' } });
  expect(held.statusCode).toBe(304);
  expect(JSON.parse(await textOf('/openapi.json'))).toMatchObject({ openapi: '3.1.1' });
});
