import { readdir, readFile } from 'node:fs/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import change from '../../events/change.json' with { type: 'json' };
import list from '../../events/list.json' with { type: 'json' };
import { invokeInProcess } from '../support/function-process.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';

let stack: Awaited<ReturnType<typeof startTestStack>>;
let client: Client;
let lambda: LambdaClient;

beforeAll(async () => {
  const url = await createTopicsDatabase('stack_events');
  client = new Client({ connectionString: url });
  await client.connect();
  stack = await startTestStack(url);
  lambda = new LambdaClient({
    endpoint: stack.endpoints.lambda,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}, 30_000);

afterAll(async () => {
  lambda.destroy();
  await client.end();
  await stack.stop();
});

const invoke = (
  name: 'list' | 'refresh',
  event: string,
  type: 'Event' | 'RequestResponse' = 'RequestResponse',
) =>
  lambda.send(
    new InvokeCommand({ FunctionName: `offload-local-${name}`, Payload: event, InvocationType: type }),
  );
const eventFile = (name: string) => readFile(new URL(`../../events/${name}`, import.meta.url), 'utf8');

test('of events/, each file is for one of the functions', async () => {
  const files = await readdir(new URL('../../events/', import.meta.url));
  expect(files.sort()).toEqual(['change.json', 'list.json', 'refresh-http.json', 'schedule.json']);
});

test.each([
  ['list.json', 'list', { statusCode: 200 }],
  ['refresh-http.json', 'refresh', { statusCode: 200 }],
  ['change.json', 'refresh', { outcome: 'unchanged', count: 1_000, pending: [] }],
  ['schedule.json', 'refresh', { outcome: 'idle' }],
] as const)('events/%s invokes %s', async (file, name, result) => {
  const { Payload, FunctionError } = await invoke(name, await eventFile(file));
  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject(result);
});

test('an asynchronous change is published', async () => {
  await client.query("UPDATE bbs_topic SET title = 'by an event' WHERE id = 3");
  const { StatusCode } = await invoke('refresh', await eventFile('change.json'), 'Event');
  expect(StatusCode).toBe(202);
  await expect(untilTrue(async () => (await stack.topics()).includes('by an event'))).resolves.toBe(true);
});

describe('a rejected invocation', () => {
  test.each(['{}', '[]', '"x"', '{"source":"somebody"}', '{"source":"offload","schema":"public"}'])(
    'with %s names its error',
    async (event) => {
      const { Payload } = await invoke('refresh', event);
      expect(Payload?.transformToString()).toContain('event_unknown');
    },
  );

  test('that is asynchronous is in the log, and ends nothing', async () => {
    await invoke('refresh', '{"source":"nobody knows"}', 'Event');
    const isLogged = async () => (await stack.log()).includes('"message":"event.rejected"');
    await expect(untilTrue(isLogged)).resolves.toBe(true);
    expect(stack.broken).toEqual([]);
    expect((await stack.request('/topics/')).status).toBe(200);
  });
});

test('what one process refreshes, another serves', async () => {
  await client.query("UPDATE bbs_topic SET title = 'seen by all' WHERE id = 5");
  await stack.refresh();
  expect(await invokeInProcess('list', list, stack.endpoints)).toMatchObject({
    statusCode: 200,
    headers: { 'cache-status': 'offload; hit; detail=store' },
    body: expect.stringContaining('seen by all'),
  });
  await client.query("UPDATE bbs_topic SET title = 'seen from elsewhere' WHERE id = 5");
  expect(await invokeInProcess('refresh', change, stack.endpoints)).toMatchObject({ outcome: 'published' });
  expect((await stack.topics()).includes('seen from elsewhere')).toBe(true);
});

/** @returns whether it came true within 5 s */
async function untilTrue(question: () => Promise<boolean>) {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await question()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
