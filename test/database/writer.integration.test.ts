import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { until } from '../support/until.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

/** connect_timeout_ms and request_timeout_ms, as database/offload.sql has them. */
const boundMs = 500 + 1_000;
/** Tolerance for a busy machine. */
const slackMs = 1_000;

let database: AnnouncingDatabase;
let nextId = 1;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await database.pool.query('CREATE TABLE tag (id int)');
  await installTriggers(database.session.client, { relations: ['tag'], functionArn });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.session.client.query('ROLLBACK; RESET ALL'); // cleans up after a failed test
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

const untilCalled = () =>
  until('Lambda is called', () => database.lambda.events.length > 0, { withinMs: 5_000 });

/** The faults between the trigger and Lambda, from the nearest to the farthest. */
const failures: [string, (act: () => Promise<void>) => Promise<void>, RegExp][] = [
  ['Lambda refuses', (act) => answering(403, '{"Message":"AccessDenied"}', act), /status 403.*AccessDenied/],
  ['Lambda throttles', (act) => answering(429, '{"Reason":"TooManyRequests"}', act), /status 429/],
  ['nothing listens there', async (act) => calling('http://127.0.0.1:2', act), /ECONNREFUSED/],
  ['nothing answers there', async (act) => silent((url) => calling(url, act)), /no response within 1500 ms/],
  ['the extension is gone', without, /schema "aws_lambda" does not exist/],
  ['the extension returns an error', (act) => returning('500', act), /status 500/],
  ['the extension returns no status', (act) => returning('NULL', act), /status <NULL>/],
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
  expect(database.session.warnings).toHaveLength(1); // the next call succeeds
});

describe('where Lambda does not answer, a transaction waits once', () => {
  const savepoints = (end: string) =>
    Array.from({ length: 20 }, () => `SAVEPOINT a; ${insert()}; ${end} SAVEPOINT a`).join(';');
  test.each([
    ['of a thousand statements', () => Array.from({ length: 1_000 }, insert).join(';')],
    ['of savepoints that are rolled back', () => savepoints('ROLLBACK TO')],
    ['of savepoints that are released', () => savepoints('RELEASE')],
    [
      'of blocks that fail',
      () =>
        Array.from(
          { length: 20 },
          () => `DO $$ BEGIN ${insert()}; RAISE 'no'; EXCEPTION WHEN raise_exception THEN END $$`,
        ).join(';'),
    ],
    [
      'of several tables',
      () => `${insert()}; INSERT INTO tag VALUES (1); TRUNCATE tag; SELECT offload.announce('tag')`,
    ],
  ])('%s', async (_, statements) => {
    database.lambda.onEvent = () => new Promise(() => {});
    const tookMs = await write(`BEGIN; ${statements()}; COMMIT`);
    expect(tookMs).toBeGreaterThan(boundMs - 10);
    expect(tookMs).toBeLessThan(boundMs + slackMs);
    expect(database.session.warnings).toHaveLength(1);
    expect(database.lambda.events).toHaveLength(1);
    database.lambda.onEvent = async () => database.lambda.accepted;
    await write();
    expect(database.lambda.events).toHaveLength(2); // the next transaction tries again
  });
});

test('the bounds can be changed, stay so when the installation is repeated, and are those of our calls alone', async () => {
  const { client } = database.session;
  await client.query("SET aws_lambda.request_timeout_ms = '7000'");
  await client.query('UPDATE offload.target SET connect_timeout_ms = 100, request_timeout_ms = 200');
  await installTriggers(client, { relations: ['note'], functionArn });
  database.lambda.onEvent = () => new Promise(() => {});
  const tookMs = await write(`BEGIN; ${insert()}`);
  database.lambda.onEvent = async () => database.lambda.accepted;
  await write(`COMMIT; BEGIN; ${insert()}`);
  const { rows } = await client.query(
    "SELECT current_setting('aws_lambda.request_timeout_ms') AS own, current_setting('aws_lambda.connect_timeout_ms', true) AS other",
  );
  await write(
    'COMMIT; RESET aws_lambda.request_timeout_ms; UPDATE offload.target SET connect_timeout_ms = 500, request_timeout_ms = 1000',
  );
  expect(tookMs).toBeGreaterThan(290);
  expect(tookMs).toBeLessThan(300 + slackMs);
  expect(rows[0]?.own).toBe('7000');
  expect([null, '']).toContain(rows[0]?.other);
});

test('after a timeout a transaction still announces its next table', async () => {
  await write(`BEGIN; ${insert()}; INSERT INTO tag VALUES (1); COMMIT`);
  expect(database.lambda.events).toHaveLength(2);
});

describe('a statement ends as it should, and its write with it, when during the announcement', () => {
  const endings: [string, () => Promise<unknown>][] = [
    ['its statement_timeout passes', async () => {}],
    [
      'it is cancelled',
      async () => {
        const { rows } = await database.pool.query('SELECT pg_cancel_backend($1)', [await pid()]);
        expect(rows).toEqual([{ pg_cancel_backend: true }]);
      },
    ],
  ];
  const pid = async () => {
    const { rows } = await database.pool.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type IS NOT NULL AND state = 'active' AND query LIKE 'INSERT%'",
    );
    return rows[0]?.pid;
  };

  test.each(endings)('%s', async (what, end) => {
    const before = await rows();
    if (what.includes('timeout')) await write('SET statement_timeout = 300');
    await write('BEGIN; SAVEPOINT a');
    database.lambda.onEvent = () => new Promise(() => {});
    const writing = expect(write()).rejects.toMatchObject({ code: '57014' });
    await untilCalled();
    await end();
    await writing;
    await write('ROLLBACK TO SAVEPOINT a');
    const tookMs = await write(); // this transaction has already waited
    await write('COMMIT; RESET statement_timeout');
    expect(tookMs).toBeLessThan(slackMs);
    expect(database.session.warnings).toEqual([]);
    expect(await rows()).toBe(before + 1);
  });
});

test('where Lambda does not answer, other writers of the same table do not wait', async () => {
  let release = () => {};
  database.lambda.onEvent = () =>
    new Promise((resolve) => {
      release = () => resolve(database.lambda.accepted);
    });
  const held = write();
  await untilCalled();
  database.lambda.onEvent = async () => database.lambda.accepted;
  const startMs = performance.now();
  await database.pool.query(insert());
  expect(performance.now() - startMs).toBeLessThan(slackMs);
  release();
  await held;
});

test('installing where the function cannot be invoked says so, and installs', async () => {
  await calling('http://127.0.0.1:2', () =>
    installTriggers(database.session.client, { relations: ['note', 'tag'], functionArn }),
  );
  // Once, for both tables.
  expect(database.session.warnings).toEqual([expect.stringContaining('this database cannot invoke')]);
  await write();
  expect(database.lambda.events).toHaveLength(1);
});

async function answering(status: number, body: string, act: () => Promise<void>) {
  database.lambda.onEvent = async () => ({ status, body });
  await act().finally(() => {
    database.lambda.onEvent = async () => database.lambda.accepted;
  });
}

/** Runs with an `aws_lambda` that calls another address. */
async function calling(lambdaUrl: string, act: () => Promise<void>) {
  const elsewhere = await startAwsLambda({ databaseUrl: database.url, lambdaUrl });
  try {
    await act();
  } finally {
    await elsewhere.stop();
    await database.awsLambda.attach();
  }
}

/** An address that accepts connections and never answers. */
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

/** Runs with an `aws_lambda` whose calls return a status instead of raising an error. */
async function returning(status: string, act: () => Promise<void>) {
  await database.pool.query(`CREATE OR REPLACE FUNCTION aws_lambda._call(
      function_name text, region text, payload text, invocation_type text, log_type text, context text, qualifier text,
      OUT status_code int, OUT result text, OUT executed_version text, OUT log_result text)
    LANGUAGE sql AS 'SELECT ${status}::int, NULL::text, NULL::text, NULL::text'`);
  await act().finally(() => database.awsLambda.attach());
}

async function without(act: () => Promise<void>) {
  await database.pool.query('ALTER SCHEMA aws_lambda RENAME TO gone');
  try {
    await act();
  } finally {
    await database.pool.query('ALTER SCHEMA gone RENAME TO aws_lambda');
  }
}
