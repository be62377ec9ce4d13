import { beforeEach, expect, test } from '@jest/globals';
import change from '../../events/change.json' with { type: 'json' };
import { run } from '../../scripts/events/run.ts';

let queue: Map<string, string>;
let invoked: unknown[];
let refreshed: number;
let out: string[];
let errors: string[];
/** The tables whose events fail again. */
let failing: Set<unknown>;

const failedEvent = (event: unknown) =>
  JSON.stringify({
    version: '1.0',
    timestamp: '2026-01-02T03:04:05.678Z',
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: event,
    responsePayload: { errorType: 'UnavailableError', errorMessage: 'It sleeps.' },
  });

beforeEach(() => {
  queue = new Map(
    Array.from({ length: 12 }, (_, at) => [`receipt ${at}`, failedEvent({ ...change, table: `t${at}` })]),
  );
  [invoked, out, errors, refreshed, failing] = [[], [], [], 0, new Set()];
});

const events = (...args: string[]) => {
  const hidden = new Set<string>();
  return run(args, {
    connect: async () => ({
      async receive() {
        const visible = [...queue].filter(([receipt]) => !hidden.has(receipt)).slice(0, 10);
        for (const [receipt] of visible) hidden.add(receipt);
        return visible.map(([receipt, body]) => ({ receipt, body }));
      },
      remove: async (receipt) => void queue.delete(receipt),
      purge: async () => queue.clear(),
      async invoke(event) {
        const { table } = Object.assign({ table: '' }, event);
        if (failing.has(table)) throw new Error('It sleeps.');
        invoked.push(table);
      },
      async refresh() {
        refreshed += 1;
      },
    }),
    write: (line) => out.push(line),
    writeError: (line) => errors.push(line),
  });
};

test('list prints each failed event and its error, and keeps the queue', async () => {
  expect(await events('list', '--stage', 'prod')).toBe(0);
  expect(out).toHaveLength(13);
  expect(out[0]).toContain(
    '2026-01-02T03:04:05.678Z  RetriesExhausted  UnavailableError: It sleeps.  {"source":"offload"',
  );
  expect(out.at(-1)).toBe('12 in the queue.');
  expect(queue.size).toBe(12);
});

test('redrive deletes events that succeed, keeps those that fail again, and then exits with 1', async () => {
  failing.add('t3');
  expect(await events('redrive', '--stage', 'prod')).toBe(1);
  expect(invoked).toHaveLength(11);
  expect([...queue.keys()]).toEqual(['receipt 3']);
  expect(errors).toEqual(['The event failed again and stays in the queue: It sleeps.']);
  expect(out.at(-1)).toBe('11 redriven, 1 failed again.');
  failing.clear();
  expect(await events('redrive', '--stage', 'prod')).toBe(0);
  expect(queue.size).toBe(0);
});

test('a record of a stream or a foreign message becomes one refresh', async () => {
  const batch = { shardId: 'shardId-000', batchSize: 7 };
  queue = new Map([
    [
      '1',
      JSON.stringify({ requestContext: { condition: 'RetryAttemptsExhausted' }, KinesisBatchInfo: batch }),
    ],
    ['2', 'not JSON'],
  ]);
  expect(await events('redrive', '--stage', 'prod')).toBe(0);
  expect(out[0]).toContain('7 records of shardId-000');
  expect([refreshed, queue.size]).toEqual([2, 0]);
});

test('no more messages are taken than --most', async () => {
  expect(await events('redrive', '--stage', 'prod', '--most', '5')).toBe(0);
  expect(queue.size).toBe(7);
});

test('purge takes --yes', async () => {
  expect(await events('purge', '--stage', 'prod')).toBe(2);
  expect(queue.size).toBe(12);
  expect(await events('purge', '--stage', 'prod', '--yes')).toBe(0);
  expect(queue.size).toBe(0);
});

test.each([[[]], [['list']], [['list', '--stage', 'prod', '--most', '0']], [['drop', '--stage', 'prod']]])(
  '%j is answered with the usage, and 2',
  async (args) => {
    expect(await events(...args)).toBe(2);
    expect(errors.join()).toContain('npm run events -- list|redrive|purge');
  },
);
