import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serve } from '../../local/serve.ts';
import { type Call, groupsOf, type Meter, startMeter, unitsOf } from '../meter.ts';

const call = (operation: string, startMs: number, endMs: number, units = 1): Call => ({
  ...{ operation, startMs, endMs, units, body: '{}' },
});

test('reads, writes and deletes are counted apart', () => {
  const calls = [
    call('GetItem', 0, 1, 1),
    call('BatchGetItem', 1, 2, 5),
    call('PutItem', 2, 3, 7),
    call('UpdateItem', 3, 4, 1),
    call('DeleteItem', 4, 5, 9),
  ];
  expect(unitsOf(calls)).toEqual({ calls: 5, read: 6, write: 8, delete: 9 });
});

test('calls that overlap are one group', () => {
  const [a, b, c] = [call('GetItem', 0, 5), call('GetItem', 4, 6), call('GetItem', 6, 7)];
  expect(groupsOf([c, a, b])).toEqual([[a, b], [c]]);
});

describe('the proxy', () => {
  let status = 200;
  let server: Awaited<ReturnType<typeof serve>>;
  let meter: Meter;
  const ask = () =>
    fetch(meter.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body: '{"TableName":"t"}',
    });

  beforeAll(async () => {
    server = await serve(0, { maxRequestBytes: 1_000 }, ({ body }, response) => {
      const answer = { asked: JSON.parse(String(body)), ConsumedCapacity: { CapacityUnits: 3 } };
      response.writeHead(status).end(JSON.stringify(answer));
    });
    meter = await startMeter(server.url);
  });
  afterAll(async () => {
    await meter.stop();
    await server.stop();
  });

  test('asks for the consumed capacity and hides it from the caller', async () => {
    status = 200;
    expect(await (await ask()).json()).toEqual({
      asked: { TableName: 't', ReturnConsumedCapacity: 'TOTAL' },
    });
    expect(meter.take()).toMatchObject([{ operation: 'PutItem', units: 3, body: '{"TableName":"t"}' }]);
    expect(meter.take()).toEqual([]);
  });

  test('passes a failed condition on and counts one unit', async () => {
    status = 400;
    expect((await ask()).status).toBe(400);
    expect(meter.take()).toMatchObject([{ units: 1 }]);
  });
});
