import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '../../local/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a session that the server ends between two statements fails the next one', async () => {
  const work = withClient(database.url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.pool.query('SELECT pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    await client.query('SELECT 1');
    return 'answered';
  });
  await expect(work).rejects.toThrow();
});
