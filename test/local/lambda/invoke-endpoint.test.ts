import {
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createEventQueue } from '../../../local/lambda/event-queue.ts';
import { failure, type Invoke } from '../../../local/lambda/invocation.ts';
import { startInvokeEndpoint } from '../../../local/lambda/invoke-endpoint.ts';
import { rateMs } from '../../../local/lambda/schedules.ts';

let endpoint: Awaited<ReturnType<typeof startInvokeEndpoint>>;
let client: LambdaClient;
let calls: Parameters<Invoke>[];
let outcome: Awaited<ReturnType<Invoke>>;
let failed: PromiseWithResolvers<void>;

beforeAll(async () => {
  const invoke: Invoke = async (...call) => {
    calls.push(call);
    return outcome;
  };
  const queue = createEventQueue({
    ...{ invoke, retryDelaysMs: [1, 1] },
    sleep: async () => {},
    onFailed: () => failed.resolve(),
  });
  const functions = [{ name: 'offload-local-refresh', maxRetries: 2 }];
  endpoint = await startInvokeEndpoint({ port: 0, functions, invoke, queue });
  client = new LambdaClient({
    ...{ endpoint: endpoint.url, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
});
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
});
beforeEach(() => {
  calls = [];
  outcome = { payload: '{"done":true}' };
  failed = Promise.withResolvers();
});

const invoke = (input: Partial<InvokeCommandInput> = {}) =>
  client.send(new InvokeCommand({ FunctionName: 'offload-local-refresh', Payload: '{"a":1}', ...input }));

test.each([
  'offload-local-refresh',
  'offload-local-refresh:$LATEST',
  '000000000000:function:offload-local-refresh',
  'arn:aws:lambda:us-east-1:000000000000:function:offload-local-refresh:1',
])('a function is called by its name or its ARN (%s)', async (FunctionName) => {
  const { StatusCode, FunctionError, Payload, ExecutedVersion } = await invoke({ FunctionName });
  expect({ StatusCode, FunctionError, ExecutedVersion }).toEqual({
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
  });
  expect(Payload?.transformToString()).toBe('{"done":true}');
  expect(calls).toEqual([['offload-local-refresh', '{"a":1}', { requestId: expect.any(String) }]]);
});

test('a response to a failed invocation has X-Amz-Function-Error', async () => {
  outcome = failure('TypeError', 'a fault');
  const { StatusCode, FunctionError, Payload } = await invoke();
  expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(Payload?.transformToString()).toBe('{"errorType":"TypeError","errorMessage":"a fault"}');
});

test('the client context of a call reaches the function', async () => {
  await invoke({ ClientContext: Buffer.from('{"custom":1}').toString('base64') });
  expect(calls[0]?.[2]).toMatchObject({ clientContext: '{"custom":1}' });
});

test('a call without a payload sends an empty object', async () => {
  await client.send(new InvokeCommand({ FunctionName: 'offload-local-refresh' }));
  expect(calls[0]?.[1]).toBe('{}');
});

test('an Event invocation is answered 202, and is listed as failed after two retries', async () => {
  outcome = failure('Error', 'a fault');
  expect(await invoke({ InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 });
  await failed.promise;
  expect(calls).toHaveLength(3);
  const response = await fetch(`${endpoint.url}/failed-events`);
  expect(await response.json()).toEqual([expect.objectContaining({ requestPayload: { a: 1 } })]);
});

test('DryRun is answered 204 without an invocation', async () => {
  expect((await invoke({ InvocationType: 'DryRun' })).StatusCode).toBe(204);
  expect(calls).toEqual([]);
});

describe('an invalid invocation is rejected', () => {
  test('of an unknown function', async () => {
    await expect(invoke({ FunctionName: 'other' })).rejects.toThrow(ResourceNotFoundException);
  });

  test.each<[input: Partial<InvokeCommandInput>, name: string, status: number]>([
    [{ Payload: '{"a":' }, 'InvalidRequestContentException', 400],
    [
      { Payload: JSON.stringify('x'.repeat(1_048_576)), InvocationType: 'Event' },
      'RequestTooLargeException',
      413,
    ],
  ])('%#', async (input, name, httpStatusCode) => {
    await expect(invoke(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(calls).toEqual([]);
  });

  test.each([
    ['GET', '/2015-03-31/functions/offload-local-refresh/invocations', 404],
    ['POST', '/2015-03-31/functions/%zz/invocations', 404],
    ['POST', '/', 404],
  ])('%s %s', async (method, path, status) => {
    expect((await fetch(`${endpoint.url}${path}`, { method })).status).toBe(status);
  });
});

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
  ['rate(2 hours)', 7_200_000],
  ['rate(1 day)', 86_400_000],
  ['rate(0 minutes)', undefined],
  ['cron(0 * * * ? *)', undefined],
])('the schedule %s is %p ms', (expression, ms) => {
  expect(rateMs(expression)).toBe(ms);
});
