import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { PoolClient } from 'pg';
import { collect } from '../fakes/collected.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let api: TestDataApi;
let sessions: PoolClient[];
beforeAll(async () => {
  api = await startTestDataApi();
  sessions = await Promise.all([0, 1, 2].map(() => api.pool.connect()));
});
afterAll(async () => {
  for (const session of sessions) session.release(true);
  await api.close();
});
beforeEach(() => api.server.resetStats());

const begin = async (session: number) => {
  const result = await sessions[session]?.query('BEGIN; SELECT pg_current_xact_id()::text AS id');
  const rows: { id: string }[] = Array.isArray(result) ? result[1].rows : [];
  return String(rows[0]?.id);
};
const end = (session: number, how: 'COMMIT' | 'ROLLBACK') => sessions[session]?.query(how);
const ask = (pending: string[]) => api.source([]).settled({ pending, deadlineMs: Date.now() + 10_000 });
const add = (id: string, distance: number) => String(BigInt(id) + BigInt(distance));

/** One past the highest finished id of the server, which the databases of other test files share. */
const xmax = async () => BigInt((await collect(api.source([]))).snapshot.split(':')[1] ?? 0);

test('committed and rolled back transactions are settled; a running one is neither settled nor impossible', async () => {
  for (let isAboveXmax = false; !isAboveXmax; ) {
    const [first, second, last] = [await begin(0), await begin(1), await begin(2)];
    await end(0, 'COMMIT');
    await end(1, 'ROLLBACK');
    const pending = [first, second, last];
    expect(await ask(pending)).toEqual({ settled: [first, second], impossible: [] });
    expect((await collect(api.source([]), { pending })).settled).toEqual([first, second]);
    isAboveXmax = (await xmax()) <= BigInt(last); // while no later transaction of another file has finished
    await end(2, 'COMMIT');
    expect(await ask(pending)).toEqual({ settled: pending, impossible: [] });
  }
});

test('ids that the server has not given out, or that are no ids, are impossible, and fail no other', async () => {
  const [finished, running] = [await begin(0), await begin(1)];
  await end(0, 'ROLLBACK');
  const never = [1_000_000, 2_000_000, 1_000_001].map((distance) => add(running, distance));
  const none = ['18446744073709551616', '99999999999999999999999', '-1', 'x', ''];
  const pending = [...never, ...none, finished, running];
  const { settled, impossible } = await ask(pending);
  expect(settled).toEqual([finished]);
  expect([...impossible].sort()).toEqual([...never, ...none].sort());
  expect((await collect(api.source([]), { pending })).settled).toEqual([finished]);
  await end(1, 'ROLLBACK');
});

test('a thousand ids cost a handful of statements, and one without doubtful ones costs one', async () => {
  const running = await begin(0);
  const pending = Array.from({ length: 999 }, (_, n) => add(running, 5_000_000 + n));
  expect((await ask([running, ...pending])).impossible).toHaveLength(999);
  expect(callsOf(api.server)).toBeLessThanOrEqual(12);
  await end(0, 'COMMIT');
  api.server.resetStats();
  expect(await ask([running])).toEqual({ settled: [running], impossible: [] });
  expect(callsOf(api.server)).toBe(1);
});
