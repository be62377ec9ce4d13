import { afterEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { refusal, startScriptedServer } from '../aws/scripted-server.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { invokeAtOnce } from '../support/function-process.ts';

const nowhere = 'http://127.0.0.1:1/';
const Reply = z.object({ statusCode: z.int(), body: z.string() });

afterEach(() => {
  delete process.env['CACHE_SCOPE'];
});

test.each([
  ['public', 1],
  ['private', 0],
])(
  'of %s lists the pages that stay open show what the cache says of tables %i times',
  async (scope, asked) => {
    process.env['CACHE_SCOPE'] = scope;
    await using dynamoDb = await startScriptedServer(refusal('AccessDeniedException'));
    const { results } = await invokeAtOnce(
      'docs',
      [httpEvent({ path: '/' }), httpEvent({ path: '/', headers: { accept: 'text/html' } })],
      {
        api: nowhere,
        lambda: nowhere,
        dataApi: nowhere,
        parameters: nowhere,
        database: `${nowhere}bbs`,
        dynamoDb: dynamoDb.url,
      },
    );
    const [summary, page] = results.map((result) => Reply.parse(result));
    expect([summary?.statusCode, page?.statusCode]).toEqual([200, 200]);
    expect(JSON.parse(summary?.body ?? '')).toMatchObject({
      tables: [{ count: null, version: null, ageS: null }],
    });
    expect(page?.body.includes('not published, or the cache does not respond')).toBe(scope === 'public');
    expect(Math.min(1, dynamoDb.received.length)).toBe(asked);
  },
  30_000,
);
