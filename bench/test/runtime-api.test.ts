import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRuntimeApi } from '../lambda/runtime-api.ts';

let api: Awaited<ReturnType<typeof createRuntimeApi>>;
beforeEach(async () => {
  api = await createRuntimeApi();
});
afterEach(() => api.stop());

const runtime = (path: string) => `http://${api.address}/2018-06-01/runtime/${path}`;
const next = () => fetch(runtime('invocation/next'));
const post = (path: string, body: string) => fetch(runtime(path), { method: 'POST', body });
const idOf = ({ headers }: Response) => headers.get('lambda-runtime-aws-request-id') ?? '';

test.each(['event', 'function'])('the %s waits for the other, and gets what was posted', async (first) => {
  const asked = first === 'function' ? next() : undefined;
  if (asked !== undefined) await new Promise((later) => setImmediate(later));
  const invoked = api.invoke({ path: '/topics/' });
  const response = await (asked ?? next());
  expect(await response.json()).toEqual({ path: '/topics/' });
  expect((await post(`invocation/${idOf(response)}/response`, '{"statusCode":200}')).status).toBe(202);
  const { body, handedOutAtMs, answeredAtMs } = await invoked;
  expect(String(body)).toBe('{"statusCode":200}');
  expect(answeredAtMs).toBeGreaterThanOrEqual(handedOutAtMs);
});

test('an invocation fails with what the handler reported', async () => {
  const invoked = expect(api.invoke({})).rejects.toThrow('The handler failed: {"errorType":"E"}');
  await post(`invocation/${idOf(await next())}/error`, '{"errorType":"E"}');
  await invoked;
});

test('a start that fails ends what waits, and what comes later', async () => {
  const invoked = expect(api.invoke({})).rejects.toThrow('The function did not start: {"errorType":"E"}');
  await post('init/error', '{"errorType":"E"}');
  await invoked;
  await expect(api.invoke({})).rejects.toThrow('did not start');
});
