import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { upper } from '../../lib/query/compare.ts';
import { createTestDatabase, postgresVersion, type TestDatabase } from '../support/database.ts';

jest.setTimeout(60_000);

const Rows = z.array(z.object({ point: z.number(), upper: z.string() }));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

// The machine-independent locale needs PostgreSQL 17.
(postgresVersion < 17 ? test.skip : test)(
  'a character is folded as by UPPER of PostgreSQL, but for those whose capital came to Unicode after PostgreSQL',
  async () => {
    const { rows } = await database.pool.query(
      `SELECT point, upper(chr(point) COLLATE "pg_c_utf8") AS upper FROM generate_series(1, 131071) AS point
        WHERE point NOT BETWEEN 55296 AND 57343`,
    );
    const different = Rows.parse(rows).filter((row) => upper(String.fromCodePoint(row.point)) !== row.upper);
    const isNewer = ({ point, upper: theirs }: (typeof different)[number]) =>
      theirs === String.fromCodePoint(point);
    expect(different.filter((row) => !isNewer(row))).toEqual([]);
    expect(different.length).toBeLessThan(100);
  },
);
