import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { includes } from '../lib/pg-snapshot.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

let database: TestDatabase;
let sessions: PoolClient[];
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query('CREATE TABLE note (body text)');
  sessions = await Promise.all([0, 1, 2].map(() => database.pool.connect()));
});
afterAll(async () => {
  for (const session of sessions) session.release(true);
  await database.drop();
});

const write = "INSERT INTO note VALUES ('x')";
/** Steps of three sessions; some stay in their transactions while others end. */
const steps = [
  `BEGIN; ${write}`,
  write,
  `SAVEPOINT s; ${write}`,
  'ROLLBACK TO SAVEPOINT s',
  'RELEASE SAVEPOINT s',
  'COMMIT',
  'ROLLBACK',
  'SELECT 1',
];
const step = fc.record({ session: fc.nat(2), sql: fc.constantFrom(...steps) });

interface Moment {
  snapshot: string;
}

async function now(): Promise<Moment> {
  const { rows } = await database.pool.query('SELECT pg_current_snapshot()::text AS snapshot');
  return { snapshot: String(rows[0]?.snapshot) };
}

async function visibleIn({ snapshot }: Moment, transactionIds: string[]) {
  const { rows } = await database.pool.query(
    'SELECT xid FROM unnest($1::text[]) AS xid WHERE pg_visible_in_snapshot(xid::xid8, $2::pg_snapshot)',
    [transactionIds, snapshot],
  );
  return rows.map(({ xid }) => String(xid));
}

/** The id of the session's transaction, if it has one. */
async function transactionOf(session: PoolClient): Promise<string[]> {
  const { rows } = await session
    .query('SELECT pg_current_xact_id_if_assigned()::text AS id')
    .catch(() => ({ rows: [] }));
  return rows.flatMap(({ id }: { id?: unknown }) => (typeof id === 'string' ? [id] : []));
}

test('a moment includes the transactions that PostgreSQL sees in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (history) => {
      for (const session of sessions) await session.query('ROLLBACK');
      const known = new Set<string>();
      let before = await now();
      for (const { session: at, sql } of history) {
        const session = sessions[at];
        if (session === undefined) throw new TypeError('no such session');
        const open = await transactionOf(session);
        await session.query(sql).catch(() => {}); // a step may be invalid in the session's state
        const left = await transactionOf(session);
        for (const id of [...open, ...left]) known.add(id);

        const after = await now();
        const ended = open.filter((id) => !left.includes(id));
        for (const moment of [before, after]) {
          const ids = [...known, String(Number(moment.snapshot.split(':')[1]) + 5)];
          expect(ids.filter((id) => includes(moment, id))).toEqual(await visibleIn(moment, ids));
        }
        for (const id of ended) expect([includes(before, id), includes(after, id)]).toEqual([false, true]);
        before = after;
      }
    }),
    { numRuns: 40 },
  );
});
