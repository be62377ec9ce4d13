import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import change from '../../events/change.json' with { type: 'json' };
import list from '../../events/list.json' with { type: 'json' };
import { isHttpEvent } from '../../lib/http/request.ts';
import { eventFiles } from '../support/event-files.ts';
import { invokeInProcess } from '../support/function-process.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

/** An event of a committed change, with any transaction. */
const { transactionId: _, ...committed } = change;

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

test.each(eventFiles)('events/$file invokes its function', async ({ file, event }) => {
  const name = file === 'list.json' ? 'list' : 'refresh';
  const { Payload, FunctionError } = await invoke(name, JSON.stringify(event));
  expect(FunctionError).toBeUndefined();
  const result: unknown = JSON.parse(Payload?.transformToString() ?? '');
  if (isHttpEvent(event)) expect(result).toMatchObject({ statusCode: 200 });
  else expect(result).not.toHaveProperty('errorMessage');
});

test('an asynchronous change is published', async () => {
  await client.query("UPDATE bbs_topic SET title = 'by an event' WHERE id = 3");
  const { StatusCode } = await invoke('refresh', JSON.stringify(committed), 'Event');
  expect(StatusCode).toBe(202);
  await until('the list has the change', async () => (await stack.topics()).includes('by an event'));
});

describe('a rejected invocation', () => {
  test.each(['{}', '[]', '"x"', '{"source":"somebody"}', '{"source":"offload","schema":"public"}'])(
    'with %s names its error',
    async (event) => {
      const { Payload } = await invoke('refresh', event);
      expect(Payload?.transformToString()).toContain('event_unknown');
    },
  );

  test('that is asynchronous is logged, and ends no part', async () => {
    await invoke('refresh', '{"source":"nobody knows"}', 'Event');
    const isLogged = async () => (await stack.log()).includes('"message":"event.rejected"');
    await until('the event is logged', isLogged);
    expect(stack.broken).toEqual([]);
    expect((await stack.request('/topics/')).status).toBe(200);
  });
});

test('a refresh by one process is served by another', async () => {
  await client.query("UPDATE bbs_topic SET title = 'seen by all' WHERE id = 5");
  await stack.refresh();
  expect(await invokeInProcess('list', list, stack.endpoints)).toMatchObject({
    statusCode: 200,
    headers: { 'cache-status': 'offload; hit; detail=store' },
    body: expect.stringContaining('seen by all'),
  });
  await client.query("UPDATE bbs_topic SET title = 'seen from elsewhere' WHERE id = 5");
  expect(await invokeInProcess('refresh', committed, stack.endpoints)).toMatchObject({
    outcome: 'published',
  });
  expect((await stack.topics()).includes('seen from elsewhere')).toBe(true);
});
