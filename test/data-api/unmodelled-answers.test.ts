import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { createDataApi } from '../../lib/data-api/data-api.ts';
import { DatabaseUnavailableError, StatementError } from '../../lib/data-api/errors.ts';
import { json, type Reply, startScriptedServer } from '../aws/scripted-server.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { createRdsDataClient } from '../support/data-api.ts';

const text =
  (status: number, contentType: string, body: string): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': contentType }).end(body);

/** Answers outside the Data API's model, from a proxy or gateway in front of it. */
const foreign: [called: string, reply: Reply][] = [
  ['502 in HTML', text(502, 'text/html', '<html>bad gateway</html>')],
  ['503 without a body', text(503, 'text/plain', '')],
  ['504 in JSON', json({ message: 'Endpoint request timed out' }, 504)],
  ['500 in JSON, without a message', json({ message: null }, 500)],
];

/** A client of a server with these replies, and its retries. */
async function queryOf(...replies: Reply[]) {
  const server = await startScriptedServer(...replies);
  const client = createRdsDataClient(server.url);
  const reported = createReported();
  const clock = createTestClock();
  const dataApi = createDataApi({
    client,
    resourceArn: 'arn:of-the-cluster',
    secretArn: 'arn:of-the-secret',
    database: 'bbs',
    clock,
    random: () => 0.5,
    report: reported.report,
  });
  return {
    query: () => dataApi.query({ deadlineMs: clock.now() + 20_000 })(z.tuple([z.string()]), 'SELECT 1'),
    reported,
    calls: () => server.received.length,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const answer = json({ records: [[{ stringValue: 'x' }]] });

test.each(foreign)('%s does not tell the statement’s fate: it is retried', async (_, reply) => {
  await using once = await queryOf(reply, answer);
  expect(await once.query()).toEqual([['x']]);
  expect(once.reported.events).toMatchObject([{ name: 'database.retried', reason: 'broken' }]);
});

test.each(foreign)('%s, for ever, is a database that does not answer', async (_, reply) => {
  await using never = await queryOf(reply);
  await expect(never.query()).rejects.toBeInstanceOf(DatabaseUnavailableError);
});

test.each<[called: string, reply: Reply]>([
  ['with a status of the caller’s', text(400, 'text/html', '<html>bad request</html>')],
  ['with what PostgreSQL says', json({ message: 'ERROR: no such column; SQLState: 42703' }, 500)],
])('an answer %s is the last', async (_, reply) => {
  await using refused = await queryOf(reply);
  await expect(refused.query()).rejects.toBeInstanceOf(StatementError);
  expect(refused.calls()).toBe(1);
});
