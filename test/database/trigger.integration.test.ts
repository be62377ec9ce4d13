import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installTriggers } from '../../database/trigger.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { postgresVersion } from '../support/database.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await database.pool.query('CREATE TABLE tag (id int PRIMARY KEY)');
  await installTriggers(database.session.client, { relations: ['tag'], functionArn });
});
afterAll(() => database.close());
beforeEach(async () => {
  await run("TRUNCATE note, tag; INSERT INTO note SELECT n, 'x' FROM generate_series(1, 5) AS n");
  database.lambda.events.length = 0;
  database.session.warnings.length = 0;
});

const run = (sql: string) => database.session.client.query(sql);

const insert = (id: number) => `INSERT INTO note VALUES (${id}, 'new')`;

const merge = 'MERGE INTO note USING (VALUES (2)) AS gone(id) ON note.id = gone.id WHEN MATCHED THEN DELETE';

/** The announced events, without transaction ids. */
const announced = () =>
  database.lambda.events.map((event) => {
    const { operation, table }: { operation?: unknown; table?: unknown } = Object(event);
    return `${operation} ${table}`;
  });

describe('a statement that changes rows is announced', () => {
  test.each([
    ['INSERT', insert(6)],
    ['INSERT', "INSERT INTO note SELECT n, 'many' FROM generate_series(10, 1000) AS n"],
    ['UPDATE', "UPDATE note SET body = 'y'"],
    ['DELETE', 'DELETE FROM note WHERE id = 2'],
    ['TRUNCATE', 'TRUNCATE note'],
    ['INSERT', "INSERT INTO note VALUES (6, 'y') ON CONFLICT (id) DO UPDATE SET body = excluded.body"],
    ['UPDATE', "INSERT INTO note VALUES (1, 'y') ON CONFLICT (id) DO UPDATE SET body = excluded.body"],
    ...(postgresVersion < 15 ? [] : [['DELETE', merge]]),
    ['INSERT', "WITH w AS (INSERT INTO note VALUES (7, 'w') RETURNING id) SELECT * FROM w"],
  ])('once, as %s: %s', async (operation, sql) => {
    await run(sql);
    expect(announced()).toEqual([`${operation} note`]);
  });

  test('in the shape that the functions read, with the id of its transaction and the time of the announcement', async () => {
    await run('BEGIN; SELECT pg_sleep(0.02)'); // separates the announcement from the begin of the transaction
    const { rows: before } = await run('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms');
    await run(insert(6));
    const { rows } = await run(
      'SELECT pg_current_xact_id()::text AS id, extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
    );
    await run('COMMIT');
    const [change, ...others] = database.lambda.events.map(parseChange);
    expect(others).toEqual([]);
    expect(change).toEqual({
      kind: 'change',
      relations: ['public.note'],
      transactionIds: [rows[0]?.id],
      announcedAtMs: expect.any(Number),
    });
    const { announcedAtMs }: { announcedAtMs?: unknown } = Object(change);
    expect(announcedAtMs).toBeGreaterThanOrEqual(Math.floor(Number(before[0]?.ms)));
    expect(announcedAtMs).toBeLessThanOrEqual(Math.ceil(Number(rows[0]?.ms)));
  });

  test('before the commit, and also if it is rolled back', async () => {
    await run(`BEGIN; ${insert(6)}`);
    expect(announced()).toEqual(['INSERT note']);
    await run('ROLLBACK');
    expect(announced()).toEqual(['INSERT note']);
  });
});

describe('a statement that touches no row is not announced, and takes no transaction id', () => {
  test.each([
    'INSERT INTO note SELECT * FROM note WHERE false',
    "UPDATE note SET body = 'y' WHERE id = 99",
    'DELETE FROM note WHERE id = 99',
    "INSERT INTO note VALUES (1, 'y') ON CONFLICT DO NOTHING",
  ])('%s', async (sql) => {
    await run('BEGIN');
    await run(sql);
    const { rows } = await run('SELECT pg_current_xact_id_if_assigned()::text AS id');
    await run('COMMIT');
    expect(announced()).toEqual([]);
    if (!sql.includes('CONFLICT')) expect(rows).toEqual([{ id: null }]);
  });
});

describe('of one transaction there is one event for each table', () => {
  test('for any statements, sent one by one or together', async () => {
    await run('BEGIN');
    for (let id = 10; id < 60; id += 1)
      await database.session.client.query({
        name: 'insert',
        text: 'INSERT INTO note VALUES ($1, $2)',
        values: [id, 'prepared'],
      });
    await run("UPDATE note SET body = 'y'; DELETE FROM note WHERE id = 1; TRUNCATE note");
    await run('INSERT INTO tag VALUES (1); UPDATE tag SET id = 2');
    await run('COMMIT');
    expect(announced()).toEqual(['INSERT note', 'INSERT tag']);
  });

  test('and for the next transaction of the session there is another', async () => {
    await run(insert(6));
    await run(insert(7));
    const ids = database.lambda.events.map((event) => JSON.stringify(parseChange(event)));
    expect(new Set(ids).size).toBe(2);
  });

  test('sent again after a savepoint that took the first one back, by the id of the whole transaction', async () => {
    await run(`BEGIN; SAVEPOINT a; ${insert(6)}; ROLLBACK TO SAVEPOINT a; ${insert(7)}; ${insert(8)}`);
    await run(`SAVEPOINT b; ${insert(9)}; RELEASE SAVEPOINT b; SAVEPOINT c; ${insert(10)}`);
    const { rows } = await run('SELECT pg_current_xact_id()::text AS id');
    await run('ROLLBACK TO SAVEPOINT c; COMMIT');
    const whole = { kind: 'change', relations: ['public.note'], transactionIds: [rows[0]?.id] };
    expect(database.lambda.events.map(parseChange)).toMatchObject([whole, whole]);
  });

  test('a session in autocommit has one transaction per statement', async () => {
    const other = await database.open();
    await run(`BEGIN; ${insert(6)}`);
    await other.client.query(insert(7));
    await run(`${insert(8)}; COMMIT`);
    await other.client.end();
    expect(announced()).toEqual(['INSERT note', 'INSERT note']);
  });
});

test('TRUNCATE of two tables is announced for both, and a cascade for the table that it reaches', async () => {
  await run('CREATE TABLE mark (tag int REFERENCES tag ON DELETE CASCADE)');
  await installTriggers(database.session.client, { relations: ['mark'], functionArn });
  await run('INSERT INTO tag VALUES (1), (2); INSERT INTO mark VALUES (1), (1), (2)');
  database.lambda.events.length = 0;
  await run('DELETE FROM tag');
  expect(announced().toSorted()).toEqual(['DELETE mark', 'DELETE tag']);
  database.lambda.events.length = 0;
  await run('TRUNCATE note, tag CASCADE');
  expect(announced().toSorted()).toEqual(['TRUNCATE mark', 'TRUNCATE note', 'TRUNCATE tag']);
  await run('DROP TABLE mark');
});

test('a table that was renamed is announced by its name of now', async () => {
  await run('CREATE TABLE "Old \'name" (id int)');
  await installTriggers(database.session.client, { relations: ['"Old \'name"'], functionArn });
  await run(
    `CREATE SCHEMA "a b"; ALTER TABLE "Old 'name" SET SCHEMA "a b"; ALTER TABLE "a b"."Old 'name" RENAME TO new`,
  );
  await run('INSERT INTO "a b".new VALUES (1)');
  expect(database.lambda.events.map(parseChange)).toMatchObject([{ relations: ['a b.new'] }]);
});

test('a write to a partition is announced as one to the whole table, once', async () => {
  await run(`CREATE TABLE log (id int) PARTITION BY RANGE (id);
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
    CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20)`);
  await installTriggers(database.session.client, { relations: ['log'], functionArn });
  for (const sql of ['INSERT INTO log VALUES (1), (11)', 'INSERT INTO log_2 VALUES (12)', 'TRUNCATE log']) {
    database.lambda.events.length = 0;
    await run(sql);
    expect(database.lambda.events.map(parseChange)).toMatchObject([{ relations: ['public.log'] }]);
  }
  await expect(
    installTriggers(database.session.client, { relations: ['log_1'], functionArn }),
  ).rejects.toThrow('log_1 is a partition.');
});

describe('the ways of PostgreSQL to silence a trigger hold for this one', () => {
  test('DISABLE TRIGGER, until it is enabled', async () => {
    await run(`ALTER TABLE note DISABLE TRIGGER offload_insert; ${insert(6)}`);
    expect(announced()).toEqual([]);
    await run('ALTER TABLE note ENABLE TRIGGER offload_insert');
    await run(insert(7));
    expect(announced()).toEqual(['INSERT note']);
  });

  test('session_replication_role = replica, unless the trigger is ENABLE ALWAYS', async () => {
    await run("SET session_replication_role = 'replica'");
    await run(insert(6));
    expect(announced()).toEqual([]);
    await run('ALTER TABLE note ENABLE ALWAYS TRIGGER offload_insert');
    await run(insert(7));
    expect(announced()).toEqual(['INSERT note']);
    await run('RESET session_replication_role; ALTER TABLE note ENABLE TRIGGER offload_insert');
  });
});

test('writes of a role without the right to invoke are announced', async () => {
  await run(`CREATE ROLE writer_${process.pid}; GRANT INSERT, SELECT ON note TO writer_${process.pid}`);
  await run(`SET ROLE writer_${process.pid}`);
  await run(insert(6));
  await expect(run("SELECT aws_lambda.invoke('f', '{}'::json)")).rejects.toThrow('permission denied');
  await run(`RESET ROLE; DROP OWNED BY writer_${process.pid}; DROP ROLE writer_${process.pid}`);
  expect(announced()).toEqual(['INSERT note']);
  expect(database.session.warnings).toEqual([]);
});
