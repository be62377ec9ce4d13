import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import * as z from 'zod';
import { type Stack, startStack } from '../../local/stack.ts';
import { anyPorts, createTestFolder } from '../support/stack.ts';
import { testTables } from '../support/tables/test-tables.ts';

const within2sMs = 2_000;
let stack: Stack;
let folder: Awaited<ReturnType<typeof createTestFolder>>;
let pool: Pool;
const parts: string[] = [];

const start = async () =>
  startStack({
    settings: {
      ports: anyPorts,
      databaseUrl: undefined,
      tables: testTables,
    },
    dir: folder.dir,
    progress: (part) => parts.push(part),
    onBreak: (part) => {
      throw new Error(`${part} ended by itself`);
    },
  });

beforeAll(async () => {
  folder = await createTestFolder();
  stack = await start();
  pool = new Pool({ connectionString: stack.endpoints.database });
  await topics(); // the first list reads the table
  await pool.query("UPDATE bbs_topic SET title = 'warm' WHERE id = 1"); // and the first event loads the function
  await expectList({ withinMs: 10_000 });
}, 60_000);

afterAll(async () => {
  await pool.end();
  await stack.stop();
  await folder.remove();
});

async function topics() {
  const response = await fetch(`${stack.endpoints.api}/topics/`, { headers: { 'accept-encoding': 'gzip' } });
  return response.text();
}

/** The expected list, computed by the database. */
async function table() {
  const { rows } = await pool.query(
    `SELECT id::int, title, comment,
            to_char(dt AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
              || CASE WHEN extract(microseconds FROM dt)::int % 1000000 = 0 THEN ''
                      ELSE to_char(dt AT TIME ZONE 'UTC', '.US') END || '+00:00' AS dt
       FROM bbs_topic ORDER BY id`,
  );
  return rows;
}

const digest = (rows: unknown) => createHash('sha256').update(JSON.stringify(rows)).digest('hex');
const List = z.object({ topics: z.array(z.unknown()) });

/** Polls the list without requesting a refresh. @returns the milliseconds until the list equals the table */
async function expectList({ withinMs = within2sMs } = {}) {
  const startMs = performance.now();
  const expected = digest(await table());
  for (;;) {
    const found = digest(List.parse(JSON.parse(await topics())).topics);
    const passedMs = performance.now() - startMs;
    if (found === expected) return passedMs;
    if (passedMs > withinMs) throw new Error(`the list is not the table after ${Math.round(passedMs)} ms`);
    await sleep(25);
  }
}

test('the stack reports aws_lambda like its other parts', () => {
  expect(parts.at(-1)).toBe('aws_lambda');
});

test.each([
  ['an insert', "INSERT INTO bbs_topic (title, comment, dt) VALUES ('新規', 'a \"b\"', now())"],
  ['an update', "UPDATE bbs_topic SET title = 'changed' WHERE id = 7"],
  ['a delete', 'DELETE FROM bbs_topic WHERE id = 8'],
  ['10,000 rows in one statement', "UPDATE bbs_topic SET comment = comment || '!'"],
  ['a rollback', "BEGIN; DELETE FROM bbs_topic; ROLLBACK; UPDATE bbs_topic SET title = 'after' WHERE id = 9"],
])('%s shows in the list within 2 s without a call of /refresh/', async (what, sql) => {
  if (what.startsWith('10,000')) {
    await pool.query(
      "INSERT INTO bbs_topic (title, comment, dt) SELECT 'many', 'c' || n, now() FROM generate_series(1, 9000) AS n",
    );
    await expectList();
  }
  await pool.query(sql);
  await expectList();
});

test('TRUNCATE and the inserts after it each show within 2 s', async () => {
  await pool.query('TRUNCATE bbs_topic');
  await expectList();
  await pool.query(
    "INSERT INTO bbs_topic (title, comment, dt) SELECT 'n', n, now() FROM generate_series(1, 300) AS n",
  );
  await expectList();
});

test('200 small transactions in 5 s show within 2 s after the last one', async () => {
  const startMs = performance.now();
  for (let n = 0; n < 200; n += 1) {
    await pool.query("INSERT INTO bbs_topic (title, comment, dt) VALUES ('small', $1, now())", [n]);
    await sleep(Math.max(0, startMs + 25 * (n + 1) - performance.now())); // 40 a second
  }
  expect(performance.now() - startMs).toBeLessThan(15_000);
  await expectList();
}, 30_000);

test('a transaction open for 10 s after its event shows when it commits; others show meanwhile', async () => {
  const writer = new Client({ connectionString: stack.endpoints.database });
  await writer.connect();
  await writer.query("BEGIN; UPDATE bbs_topic SET title = 'slow' WHERE title = 'n'");
  const startMs = performance.now();
  await sleep(3_000); // the time that the rule speaks of
  await pool.query("INSERT INTO bbs_topic (title, comment, dt) VALUES ('quick', '', now())");
  await expectList();
  await sleep(startMs + 10_000 - performance.now());
  await writer.query('COMMIT');
  await expectList();
  await writer.end();
}, 20_000);

test('a data folder from before gets aws_lambda too', async () => {
  await pool.query('DROP SCHEMA offload, aws_lambda, aws_commons CASCADE');
  await pool.end();
  await stack.stop();
  stack = await start();
  pool = new Pool({ connectionString: stack.endpoints.database });
  await topics();
  await pool.query("UPDATE bbs_topic SET title = 'after the start' WHERE title = 'quick'");
  await expectList({ withinMs: 10_000 });
}, 30_000);
