import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { keysOf } from '../../lib/tables/key.ts';
import { inAMinute, startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { postgresVersion } from '../support/database.ts';

/** A few rows per page. */
let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 8_000 });
});
afterAll(() => api.close());

const table = (key: ReturnType<typeof column.integer> | ReturnType<typeof column.text>) =>
  defineTable({
    name: 'records',
    relation: 'public.records',
    columns: { key, body: column.text() },
    key: 'key',
  });

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...'aAäÄbBzZ-_ 10"\\/éeß'), fc.string({ unit: 'binary', minLength: 1 })),
  })
  .map((value) => value.replaceAll('\0', ''));
const integers = (bits: bigint) =>
  fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).map(String);

const kinds = [
  { type: 'smallint', records: table(column.integer()), key: integers(16n) },
  { type: 'integer', records: table(column.integer()), key: integers(32n) },
  { type: 'bigint', records: table(column.integer()), key: integers(64n) },
  { type: 'uuid', records: table(column.uuid()), key: fc.uuid() },
  { type: 'text', records: table(column.text()), key: text },
  // This collation needs PostgreSQL 17.
  ...(postgresVersion < 17
    ? []
    : [{ type: 'text COLLATE "pg_c_utf8"', records: table(column.text()), key: text }]),
  { type: 'varchar(300) COLLATE "und-x-icu"', records: table(column.text()), key: text },
  { type: 'text COLLATE "de-x-icu"', records: table(column.text()), key: text },
];

describe('no row is repeated or lost between pages, and keys compare as the database orders', () => {
  test.each(kinds)('$type', async ({ type, records, key }) => {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await api.pool.query(`CREATE TABLE ${name} (key ${type} PRIMARY KEY, body text NOT NULL)`);
    const { compare, parse } = keysOf(records.key.order);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 60, size: 'max' }), async (keys) => {
        await api.pool.query(`TRUNCATE ${name}`);
        await api.pool.query(
          `INSERT INTO ${name} SELECT k::${type}, repeat('x', 500) FROM unnest($1::text[]) AS k`,
          [keys],
        );
        const read = await api.read({ ...records, relation: `public.${name}` });
        expect(read.records.map((record) => record.key)).toEqual(keys.toSorted(compare));
        expect(keys.map(parse)).toEqual(keys);
      }),
      { numRuns: 8 },
    );
  });

  test.each(['line', 'key', 'bytes', 'nth', 'rows', 'last', 'record', 'order', 'a"b', ':skip'])(
    'a key column that is called %s, like a name of the query itself',
    async (name) => {
      const columns = {
        other: column.text({ column: 'Line' }),
        id: column.integer({ column: name }),
      };
      const records = defineTable({ name: 'records', relation: 'public.Named', columns, key: 'id' });
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await api.pool.query(`DROP TABLE IF EXISTS "Named"; CREATE TABLE "Named" (${quoted} int PRIMARY KEY, "Line" text NOT NULL);
        INSERT INTO "Named" SELECT n, repeat('x', 900) || -n FROM generate_series(1, 30) AS n`);
      const read = await api.read(records);
      expect(read.records.map(({ key }) => key)).toEqual(Array.from({ length: 30 }, (_, n) => String(n + 1)));
    },
  );

  const testFrom15 = postgresVersion < 15 ? test.skip : test; // before version 15, ICU is a collation of columns only
  testFrom15('a database whose own order is another', async () => {
    await api.pool.query(
      `CREATE DATABASE "icu ${randomUUID()}" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C'`,
    );
    const { rows } = await api.pool.query(
      "SELECT datname FROM pg_database WHERE datname LIKE 'icu %' LIMIT 1",
    );
    const name = String(rows[0]?.datname);
    const dataApi = api.dataApi({ name });
    const query = dataApi.query(inAMinute());
    await query(z.never(), 'CREATE TABLE word (key varchar(10) PRIMARY KEY, body text NOT NULL)');
    await query(
      z.never(),
      `INSERT INTO word SELECT chr(n) || chr(n + 1), repeat('x', 500) FROM generate_series(33, 500) AS n`,
    );
    const { records } = await api.read(
      { ...table(column.text()), relation: 'public.word' },
      { api: dataApi },
    );
    const keys = records.map(({ key }) => key);
    expect(keys).toHaveLength(468);
    expect(keys).toEqual(keys.toSorted(keysOf({ by: '', type: 'text' }).compare));
    await api.pool.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  });
});
