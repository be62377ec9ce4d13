import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRuntimeApi, type RuntimeApi } from '../lambda/runtime-api.ts';

let api: RuntimeApi;
beforeEach(async () => {
  api = await createRuntimeApi();
});
afterEach(() => api.close());

const runtime = (path: string) => `http://${api.address}/2018-06-01/runtime/${path}`;
const ask = () => fetch(runtime('invocation/next'));
const post = (path: string, body: string) => fetch(runtime(path), { method: 'POST', body });
const requestIdOf = (response: Response) => response.headers.get('lambda-runtime-aws-request-id') ?? '';

test('an event waits until the function asks, and its answer is what was posted for it', async () => {
  const invoked = api.invoke({ path: '/topics/' });
  const response = await ask();
  expect(await response.json()).toEqual({ path: '/topics/' });
  expect((await post(`invocation/${requestIdOf(response)}/response`, '{"statusCode":200}')).status).toBe(202);

  const { body, handedOutAtMs, answeredAtMs } = await invoked;
  expect(String(body)).toBe('{"statusCode":200}');
  expect(handedOutAtMs).toBeGreaterThanOrEqual(await api.initialised);
  expect(answeredAtMs).toBeGreaterThanOrEqual(handedOutAtMs);
});

test('a function that asks waits for the next event', async () => {
  const asked = ask();
  await api.initialised;
  void api.invoke(1).catch(() => {});
  expect(await (await asked).json()).toBe(1);
});

test('events have their turns, and each answer goes to its own', async () => {
  const [first, second] = [api.invoke('first'), api.invoke('second')];
  const responses = [await ask(), await ask()];
  expect(await Promise.all(responses.map((response) => response.json()))).toEqual(['first', 'second']);
  for (const response of responses.toReversed())
    await post(`invocation/${requestIdOf(response)}/response`, `"for ${requestIdOf(response)}"`);
  const answers = await Promise.all([first, second]);
  expect(answers.map(({ body }) => String(body))).toEqual(
    responses.map((response) => `"for ${requestIdOf(response)}"`),
  );
});

test('an event tells the client all that it needs for a context', async () => {
  void api.invoke({}).catch(() => {});
  const { headers } = await ask();
  const deadlineMs = Number(headers.get('lambda-runtime-deadline-ms'));
  expect(deadlineMs - Date.now()).toBeGreaterThan(20_000);
  expect(headers.get('lambda-runtime-invoked-function-arn')).toMatch(/^arn:aws:lambda:/);
  expect(headers.get('lambda-runtime-aws-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('what a handler throws is what the invocation throws, and the next one is served', async () => {
  const failed = expect(api.invoke({})).rejects.toThrow('out of luck');
  const response = await ask();
  await post(`invocation/${requestIdOf(response)}/error`, '{"errorMessage":"out of luck"}');
  await failed;

  const served = api.invoke({});
  await post(`invocation/${requestIdOf(await ask())}/response`, '1');
  expect(String((await served).body)).toBe('1');
});

test('a function that does not start fails every invocation, those to come too', async () => {
  const waiting = expect(api.invoke({})).rejects.toThrow('no module');
  await post('init/error', '{"errorMessage":"no module"}');
  await waiting;
  await expect(api.invoke({})).rejects.toThrow('no module');
  await expect(api.initialised).rejects.toThrow('no module');
});

test('there is nothing at other paths', async () => {
  expect((await fetch(runtime('nothing'))).status).toBe(404);
});
