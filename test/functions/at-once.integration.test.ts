import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { httpEvent } from '../fakes/http-event.ts';
import { invokeAtOnce } from '../support/function-process.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';

let stack: Awaited<ReturnType<typeof startTestStack>>;
beforeAll(async () => {
  stack = await startTestStack(await createTopicsDatabase('functions_at_once'));
}, 60_000);
afterAll(() => stack.stop());

const Reply = z.object({ statusCode: z.int(), body: z.string() });
const Line = z.looseObject({ message: z.string(), function_request_id: z.optional(z.string()) });

/** A request, with its expected answer and log line. */
const kinds = [
  (n: number) => ({ path: `/topics/${n + 1}/`, status: 200, starts: `{"id":${n + 1},` }),
  () => ({ path: '/topics/', status: 200, starts: '{"topics":[{"id":1,' }),
  (n: number) => ({ path: `/topics/${100_000 + n}/`, status: 404, starts: '{"code":"' }),
  () => ({ path: '/nowhere/', status: 404, starts: '{"code":"' }),
];

test('64 concurrent requests in one container each get the right answer and one log line', async () => {
  const expected = Array.from({ length: 64 }, (_, n) => kinds[n % kinds.length]?.(n)).flatMap(
    (one) => one ?? [],
  );
  const { results, log } = await invokeAtOnce(
    'list',
    expected.map(({ path }) => httpEvent({ path, headers: { 'accept-encoding': 'identity' } })),
    stack.endpoints,
  );
  const replies = results.map((result) => Reply.parse(result));
  expect(replies.map(({ statusCode }) => statusCode)).toEqual(expected.map(({ status }) => status));
  for (const [n, { starts }] of expected.entries())
    expect(replies[n]?.body.slice(0, starts.length)).toBe(starts);

  const lines = log.map((line) => Line.parse(line)).filter(({ message }) => message === 'http.request');
  const statusOf = new Map(lines.map((line) => [line.function_request_id, line['status']]));
  expect(lines).toHaveLength(64);
  expect(expected.map((_, n) => statusOf.get(`invocation ${n}`))).toEqual(
    expected.map(({ status }) => status),
  );
  expect(lines.filter((line) => line['cold_start'] === true)).toHaveLength(1);
}, 30_000);
