import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { clientOf } from '../support/stack.ts';
import {
  createStackFolder,
  type RunningEndpoints,
  type RunningProgram,
  type StackFolder,
} from '../support/stack-program.ts';

const within30sMs = 30_000;
let folder: StackFolder;
let running: RunningProgram;
let endpoints: RunningEndpoints;

beforeAll(async () => {
  folder = await createStackFolder();
  await mkdir(`${folder.dir}/.local`);
  await symlink('/dev/full', `${folder.dir}/.local/functions.log`); // simulates a full disk
  running = folder.run('start');
  endpoints = await running.ready();
}, 60_000);

afterAll(async () => {
  running.signalGroup('SIGTERM');
  await running.ended;
  await folder.expectNothingLeft();
  await folder.remove();
}, 60_000);

/** Changes the table, and waits for the list: the change passes through every part. */
async function expectAllWorks() {
  const title = `works ${Math.random()}`;
  const client = new Client({ connectionString: endpoints.database });
  await client.connect();
  try {
    await client.query('UPDATE bbs_topic SET title = $1 WHERE id = 3', [title]);
  } finally {
    await client.end();
  }
  const { refresh, topics } = clientOf(endpoints.api);
  expect((await refresh()).status).toBe(200);
  expect((await topics()).includes(title)).toBe(true);
}

test('an unwritable log is reported once, and the functions continue', async () => {
  for (let n = 0; n < 200; n += 1) await clientOf(endpoints.api).request('/topics/?limit=0');
  await expectAllWorks();
  await running.wrote('functions.log cannot be written');
  expect(running.output.out.match(/cannot be written/g)).toHaveLength(1);
});

describe('a killed part is reported, and restarted within 30 s', () => {
  test.each([
    ['PostgreSQL', '/bin/postgres -D'],
    ['PostgreSQL', 'start-demo-postgres.ts'],
    ['RDS Data API', 'start-data-api.ts'],
    ['DynamoDB', 'dynamodb.ts'],
    ['Parameter Store', 'parameters.ts'],
    ['API Gateway, Lambda', '/functions.ts'],
    ['aws_lambda', 'start-follow.ts'],
  ])(
    '%s (%s)',
    async (part, words) => {
      const from = running.output.out.length;
      const pids = await folder.pidsOf(words);
      expect(pids).not.toEqual([]);
      const startMs = Date.now();
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await running.wrote(`${part} ended unexpectedly`, from);
      await running.wrote(new RegExp(`\n  ${part} .*s\\)`), from);
      await expectAllWorks();
      expect(Date.now() - startMs).toBeLessThan(within30sMs);
    },
    60_000,
  );

  test('the process of one function', async () => {
    const from = running.output.out.length;
    const [pid] = await folder.pidsOf('functions/list.mjs');
    process.kill(pid ?? Number.NaN, 'SIGKILL');
    await running.wrote('the process of list ended unexpectedly', from);
    await expectAllWorks();
  });
});

describe('no request ends a part', () => {
  let from: number;
  beforeAll(() => {
    from = running.output.out.length;
  });
  afterEach(async () => {
    await sleep(200); // time for an end that must not come
    await expectAllWorks();
    expect(running.output.out.slice(from)).not.toContain('ended unexpectedly');
  });

  const headers = { 'x-amz-target': 'AmazonSSM.GetParameter' };
  test.each(['', '{', 'null', '[]', '{"Name":1}'])('the Parameter Store given %j', async (body) => {
    const response = await fetch(endpoints.parameters, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"TableName":{}}',
    '{"TableName":"offload-local-cache","Key":null}',
  ])('DynamoDB given %j', async (body) => {
    const response = await fetch(endpoints.dynamoDb, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.GetItem',
        'x-amz-date': '20260101T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f',
      },
      body,
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  test.each(['api', 'lambda', 'dataApi', 'dynamoDb', 'parameters'] as const)(
    '%s sent half a request, half a header, and what is not HTTP',
    async (name) => {
      const { port } = new URL(endpoints[name]);
      for (const bytes of [
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf',
        'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        'POST / HTTP/1.1\r\nHos',
        '\u0000\u0001\u0002 nonsense\r\n\r\n',
        'GET %zz HTTP/1.1\r\nHost: x\r\n\r\n',
      ]) {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(bytes);
        await sleep(50); // time for the bytes to be read before the connection breaks
        socket.resetAndDestroy();
      }
    },
  );

  test.each([-1, 0, 3, 7, 2 ** 31 - 1])(
    'the aws_lambda bridge sent a message of length %i',
    async (length) => {
      const urls = running.output.out.match(/(?<=aws_lambda +postgres:\/\/127\.0\.0\.1:)\d+/g);
      const port = Number(urls?.at(-1));
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(length);
      socket.write(bytes);
      await once(socket, 'close');
    },
  );
});
