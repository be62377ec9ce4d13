import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installTriggers } from '../../database/trigger.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await run(`
    INSERT INTO note VALUES (1, 'x');
    CREATE TABLE plain (id int);
    CREATE MATERIALIZED VIEW note_copy AS SELECT * FROM note;
    CREATE VIEW note_view AS SELECT * FROM note;
    CREATE TABLE part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
    CREATE TABLE part_9 PARTITION OF part FOR VALUES FROM (90) TO (100)`);
  await installTriggers(database.session.client, { relations: ['part'], functionArn });
});
afterAll(() => database.close());
beforeEach(() => {
  database.lambda.events.length = 0;
  database.session.warnings.length = 0;
});

const run = (sql: string) => database.session.client.query(sql);

/** Runs statements in one transaction. @returns its id */
async function inTransaction(...statements: string[]) {
  await run('BEGIN');
  try {
    for (const sql of statements) await run(sql);
    const { rows } = await run('SELECT pg_current_xact_id()::text AS id');
    return String(rows[0]?.id);
  } finally {
    await run('COMMIT'); // rolls back after a failed statement
  }
}

const announced = () => database.lambda.events.map(parseChange);

describe('offload.announce sends one event with the id of its transaction', () => {
  test.each([
    ['a materialized view', 'public.note_copy', 'REFRESH MATERIALIZED VIEW public.note_copy'],
    ['a view', 'public.note_view', 'CREATE OR REPLACE VIEW note_view AS SELECT * FROM note WHERE id > 0'],
    ['a table', 'public.plain', 'ALTER TABLE plain ALTER id SET DATA TYPE bigint USING id + 1'],
  ])('of %s, before or after what it announces', async (_, relation, sql) => {
    const announce = `SELECT offload.announce('${relation}')`;
    for (const statements of [
      [announce, sql],
      [sql, announce],
      [announce, sql, announce],
    ]) {
      database.lambda.events.length = 0;
      const id = await inTransaction('SAVEPOINT a', ...statements, 'RELEASE SAVEPOINT a');
      expect(announced()).toMatchObject([{ relations: [relation], transactionIds: [id] }]);
    }
  });

  test('and one for the transaction, whether it or a trigger announces the table first', async () => {
    await inTransaction("SELECT offload.announce('note')", "INSERT INTO note VALUES (2, 'x')");
    await inTransaction("INSERT INTO note VALUES (3, 'x')", "SELECT offload.announce('note')");
    expect(announced()).toHaveLength(2);
  });

  test('of a relation that does not exist is an error', async () => {
    await expect(run("SELECT offload.announce('public.nothing')")).rejects.toThrow('does not exist');
  });
});

describe('PostgreSQL fires no trigger when a partition', () => {
  beforeEach(async () => {
    await run('CREATE TABLE part_5 (id bigint PRIMARY KEY); INSERT INTO part_5 VALUES (55)');
    await run('ALTER TABLE part ATTACH PARTITION part_5 FOR VALUES FROM (50) TO (60)');
    database.lambda.events.length = 0;
  });
  const announce = "SELECT offload.announce('public.part')";

  test.each([
    ['is attached', 'ALTER TABLE part ATTACH PARTITION part_5 FOR VALUES FROM (50) TO (60)', 'part'],
    ['is detached', 'ALTER TABLE part DETACH PARTITION part_5', 'part'],
    ['is dropped', 'DROP TABLE part_5', 'part'],
  ])('%s, and offload.announce in the same transaction sends the event', async (what, sql) => {
    if (what === 'is attached') await run('ALTER TABLE part DETACH PARTITION part_5');
    await inTransaction(sql);
    expect(announced()).toEqual([]);
    await run('DROP TABLE IF EXISTS part_5');
    await run('CREATE TABLE part_5 (id bigint PRIMARY KEY)');
    if (what !== 'is attached')
      await run('ALTER TABLE part ATTACH PARTITION part_5 FOR VALUES FROM (50) TO (60)');
    const id = await inTransaction(announce, sql);
    expect(announced()).toMatchObject([{ relations: ['public.part'], transactionIds: [id] }]);
  });

  test('a write to a partition by its name is announced with the name of the partitioned table', async () => {
    await run("SELECT offload.announce('public.part_1')");
    expect(announced()).toMatchObject([{ relations: ['public.part'] }]);
  });

  test('was attached later, and is written to by its own name, until the installation is repeated', async () => {
    await run('INSERT INTO part_5 VALUES (51)');
    expect(announced()).toEqual([]);
    await run('INSERT INTO part VALUES (52)');
    expect(announced()).toMatchObject([{ relations: ['public.part'] }]);
    await installTriggers(database.session.client, { relations: ['part'], functionArn });
    database.lambda.events.length = 0;
    await run('INSERT INTO part_5 VALUES (53)');
    expect(announced()).toMatchObject([{ relations: ['public.part'] }]);
  });

  test('was detached and is written to: it announces itself', async () => {
    await run('ALTER TABLE part DETACH PARTITION part_9');
    await run('INSERT INTO part_9 VALUES (95)');
    expect(announced()).toMatchObject([{ relations: ['public.part_9'] }]);
  });

  afterEach(() => run('DROP TABLE IF EXISTS part_5'));
});
