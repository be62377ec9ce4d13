import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installTrigger } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { freePort } from '../../local/ports.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

/** connect_timeout_ms and request_timeout_ms, as database/offload.sql sets them. */
const boundMs = 500 + 1_000;
/** For a machine with other things to do. */
const slackMs = 500;

let database: AnnouncingDatabase;
let nextId = 1;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  database.lambda.events.length = 0;
  database.session.warnings.length = 0;
  database.lambda.onEvent = async () => database.lambda.accepted;
});

async function write(sql = insert()) {
  const startMs = performance.now();
  await database.session.client.query(sql);
  return performance.now() - startMs;
}

function insert() {
  nextId += 1;
  return `INSERT INTO note VALUES (${nextId}, 'x')`;
}

async function rows() {
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM note');
  return Number(rows[0]?.n);
}

/** Everything that can be wrong on the way, from the nearest to the farthest. */
const failures: [string, (act: () => Promise<void>) => Promise<void>, RegExp][] = [
  ['Lambda refuses', (act) => answering(403, '{"Message":"AccessDenied"}', act), /status 403.*AccessDenied/],
  ['Lambda throttles', (act) => answering(429, '{"Reason":"TooManyRequests"}', act), /status 429/],
  [
    'nothing listens there',
    async (act) => calling(`http://127.0.0.1:${await freePort()}`, act),
    /ECONNREFUSED/,
  ],
  ['nothing answers there', async (act) => silent((url) => calling(url, act)), /not within 1500 ms/],
  ['the extension is gone', without, /schema "aws_lambda" does not exist/],
];

test.each(failures)('a write succeeds with a warning where %s', async (what, during, warning) => {
  const before = await rows();
  const plainMs = await write();
  await during(async () => {
    const failedMs = await write();
    console.log(
      `where ${what}, a write took ${failedMs.toFixed(0)} ms, and without that ${plainMs.toFixed(0)} ms`,
    );
    expect(failedMs).toBeLessThan(boundMs + slackMs);
    expect(database.session.warnings).toHaveLength(1);
    expect(database.session.warnings[0]).toMatch(warning);
    expect(database.session.warnings[0]).toMatch(/^offload: this change is not announced: /);
  });
  expect(await rows()).toBe(before + 2);
  await write();
  expect(database.session.warnings).toHaveLength(1); // all is well again
});

test('where nothing answers, a transaction of a thousand statements is held once', async () => {
  database.lambda.onEvent = () => new Promise(() => {});
  const tookMs = await write(`BEGIN; ${Array.from({ length: 1_000 }, insert).join(';')}; COMMIT`);
  expect(tookMs).toBeGreaterThan(boundMs - 10);
  expect(tookMs).toBeLessThan(boundMs + slackMs);
  expect(database.session.warnings).toHaveLength(1);
  expect(database.lambda.events).toHaveLength(1);
});

test("a statement_timeout of the writer's own that strikes during the call costs the event and not the write", async () => {
  database.lambda.onEvent = () => new Promise(() => {});
  const before = await rows();
  await write('SET statement_timeout = 300');
  const tookMs = await write();
  await write('RESET statement_timeout');
  expect(tookMs).toBeGreaterThan(290);
  expect(tookMs).toBeLessThan(boundMs + slackMs);
  expect(database.session.warnings).toEqual([expect.stringContaining('statement timeout')]);
  expect(await rows()).toBe(before + 1);
});

test('where nothing answers, other writers of the same table are not held', async () => {
  let release = () => {};
  database.lambda.onEvent = () =>
    new Promise((resolve) => {
      release = () => resolve(database.lambda.accepted);
    });
  const held = write();
  while (database.lambda.events.length === 0) await new Promise((done) => setTimeout(done, 5));
  database.lambda.onEvent = async () => database.lambda.accepted;
  const startMs = performance.now();
  await database.pool.query(insert());
  expect(performance.now() - startMs).toBeLessThan(slackMs);
  release();
  await held;
});

test('installing where the function cannot be invoked says so, and installs', async () => {
  await calling(`http://127.0.0.1:${await freePort()}`, () =>
    installTrigger(database.session.client, { table: 'note', functionArn }),
  );
  expect(database.session.warnings).toEqual([expect.stringContaining('cannot be invoked from here')]);
  await write();
  expect(database.lambda.events).toHaveLength(1);
});

async function answering(status: number, body: string, act: () => Promise<void>) {
  database.lambda.onEvent = async () => ({ status, body });
  await act().finally(() => {
    database.lambda.onEvent = async () => database.lambda.accepted;
  });
}

/** With `aws_lambda` leading to another address. */
async function calling(lambdaUrl: string, act: () => Promise<void>) {
  const elsewhere = await startAwsLambda({ databaseUrl: database.url, lambdaUrl });
  try {
    await act();
  } finally {
    await elsewhere.stop();
    await database.awsLambda.attach();
  }
}

/** An address that takes connections and never says a word. */
async function silent(use: (url: string) => Promise<void>) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

async function without(act: () => Promise<void>) {
  await database.pool.query('ALTER SCHEMA aws_lambda RENAME TO gone');
  try {
    await act();
  } finally {
    await database.pool.query('ALTER SCHEMA gone RENAME TO aws_lambda');
  }
}
