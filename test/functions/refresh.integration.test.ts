import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silence, startScriptedServer } from '../aws/scripted-server.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { invokeInProcess } from '../support/function-process.ts';

beforeEach(() => {
  process.env['REFRESH_TOKEN_PARAMETER'] = '/the/token';
});
afterEach(() => {
  delete process.env['REFRESH_TOKEN_PARAMETER'];
});

test('a Parameter Store that never answers is called twice, then the answer is 503', async () => {
  await using parameters = await startScriptedServer(silence);
  const event = httpEvent({
    method: 'POST',
    path: '/refresh/',
    headers: { authorization: 'Bearer a-token-of-24-characters' },
  });
  const startedMs = performance.now();
  const answer = await invokeInProcess('refresh', event, {
    parameters: parameters.url,
    // The function checks the token first, and calls neither of these.
    ...{ api: nowhere, lambda: nowhere, dataApi: nowhere, dynamoDb: nowhere, database: `${nowhere}bbs` },
  });
  expect(answer).toMatchObject({
    statusCode: 503,
    headers: { 'retry-after': '5' },
    body: expect.stringContaining('token_unavailable'),
  });
  expect(parameters.received.map(({ target }) => target)).toEqual(Array(2).fill('AmazonSSM.GetParameter'));
  expect(performance.now() - startedMs).toBeLessThan(20_000);
}, 30_000);

const nowhere = 'http://127.0.0.1:1/';
