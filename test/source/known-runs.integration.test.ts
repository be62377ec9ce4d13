import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { etagOf } from '../../lib/source/etag.ts';
import type { KnownRun } from '../../lib/source/plan.ts';
import { digestOf } from '../../lib/source/row-bytes.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { type CollectedTable, collect } from '../fakes/collected.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 8_000 });
});
afterAll(() => api.close());

const tableOf = (key: ReturnType<typeof column.integer> | ReturnType<typeof column.text>) =>
  defineTable({
    name: 'notes',
    relation: 'public.notes',
    columns: { key, body: column.text({ nullable: true }) },
    key: 'key',
  });

/** Keys from 0 to 99, in the order of the column. */
const kinds = [
  { type: 'smallint', table: tableOf(column.integer()), keyOf: (n: number) => String(n - 50) },
  {
    type: 'bigint',
    table: tableOf(column.integer()),
    keyOf: (n: number) => `9${String(n).padStart(17, '0')}`,
  },
  {
    type: 'text COLLATE "und-x-icu"',
    table: tableOf(column.text()),
    keyOf: (n: number) => `${'Aaäßz"\\,ü日'[n % 10]}${n}`,
  },
  {
    type: 'uuid',
    table: tableOf(column.uuid()),
    keyOf: (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
  },
] as const;

const short = fc.string({ unit: 'grapheme', maxLength: 5 });
const long = fc.constantFrom('x'.repeat(700), '日'.repeat(4_000));
const contentOf = (body: fc.Arbitrary<string>) => {
  const row = fc.tuple(fc.nat(99), fc.option(body));
  const unique = { selector: ([n]: [number, string | null]) => n };
  return fc.record({
    rows: fc.uniqueArray(row, { ...unique, maxLength: 40, size: 'max' }),
    /** What becomes of a row: mostly nothing. */
    changes: fc.uniqueArray(row, { ...unique, maxLength: 6 }),
  });
};
/** One answer holds all rows of the first. */
const content = fc.oneof(contentOf(short), contentOf(fc.oneof(short, long)));
const cuts = fc.uniqueArray(fc.nat(40), { maxLength: 6 });

test.each(kinds)(
  'rows that are as they were known are left in the database: $type',
  async ({ type, table, keyOf }) => {
    const name = `note_${type.replaceAll(/\W.*/g, '')}`;
    await api.pool.query(`CREATE TABLE ${name} (key ${type} PRIMARY KEY, body text)`);
    const put = (rows: readonly [number, string | null][]) =>
      api.pool.query(
        `INSERT INTO ${name} SELECT key::${type}, nullif(body, '∅') FROM unnest($1::text[], $2::text[]) AS t(key, body)
       ON CONFLICT (key) DO UPDATE SET body = EXCLUDED.body`,
        [rows.map(([n]) => keyOf(n)), rows.map(([, body]) => body ?? '∅')],
      );
    const relation = { ...table, relation: `public.${name}`, changedBy: [`public.${name}`] };
    const hashesOf = ({ records }: CollectedTable) => records.map(({ source }) => source);

    await fc.assert(
      fc.asyncProperty(
        content,
        fc.array(fc.nat(99), { maxLength: 5 }),
        cuts,
        async ({ rows, changes }, gone, cuts) => {
          await api.pool.query(`TRUNCATE ${name}`);
          await put(rows.map(([n, body]) => [n, body?.replaceAll('\0', '') ?? null]));
          const before = await api.read(relation);
          const starts = [...new Set([0, ...cuts])]
            .filter((at) => at < before.records.length)
            .toSorted((a, b) => a - b);
          const known = starts.map((start, at): KnownRun => {
            const hashes = hashesOf(before).slice(start, starts[at + 1]);
            return {
              firstKey: before.records[start]?.key ?? '',
              digest: digestOf(hashes),
              rows: hashes.length,
              bytes: 0,
            };
          });

          const published = {
            known: new Map([[table.name, known]]),
            etags: new Map([[table.name, before.etag]]),
          };
          const container = api.source([relation]);
          await collect(container, published);

          await put(changes.map(([n, body]) => [n, body?.replaceAll('\0', '') ?? null]));
          await api.pool.query(`DELETE FROM ${name} WHERE key::text = ANY($1::text[])`, [gone.map(keyOf)]);
          const whole = await api.read(relation);
          const partial = await api.read(relation, { known: new Map([[table.name, known]]) });
          const large = known.map((run) => ({ ...run, bytes: 1_000_000 }));
          const planned = await api.read(relation, { known: new Map([[table.name, large]]) });
          expect(partial).toEqual(planned);
          const { tables } = await collect(container, published);
          expect(tables.get(table.name)).toEqual(planned);
          expect(partial.etag).toBe(whole.etag);
          expect(partial.etag).toBe(etagOf(table.form, digestOf(hashesOf(whole))));
          expect([partial.count, whole.count]).toEqual([whole.records.length, whole.records.length]);
          let [at, read] = [0, 0];
          for (const [index, run] of partial.runs.entries()) {
            const hashes = hashesOf(whole).slice(at, at + run.rows);
            expect(run.kept).toBe(known[index]?.digest === digestOf(hashes) && run.rows > 0);
            if (!run.kept) {
              expect(partial.records.slice(read, read + run.rows)).toEqual(
                whole.records.slice(at, at + run.rows),
              );
              read += run.rows;
            }
            at += run.rows;
          }
          expect(partial.runs).toHaveLength(Math.max(1, known.length));
          expect([at, read]).toEqual([whole.records.length, partial.records.length]);
        },
      ),
      { numRuns: 14 },
    );
  },
);

test('a table that is as it was known costs one call and no rows', async () => {
  await api.pool.query('CREATE TABLE big (key int PRIMARY KEY, body text)');
  await api.pool.query("INSERT INTO big SELECT n, repeat('x', 100) FROM generate_series(1, 2000) AS n");
  const big = { ...tableOf(column.integer()), relation: 'public.big' };
  const { records } = await api.read(big);
  const known = [0, 1_000].map((at) => ({
    firstKey: String(at + 1),
    ...{ rows: 1_000, bytes: 1_000_000 },
    digest: digestOf(records.slice(at, at + 1_000).map(({ source }) => source)),
  }));
  api.server.resetStats();
  const read = await api.read(big, { known: new Map([[big.name, known]]) });
  expect(read.runs).toEqual([
    { kept: true, rows: 1_000 },
    { kept: true, rows: 1_000 },
  ]);
  expect(read.records).toEqual([]);
  expect(callsOf(api.server)).toBe(1);
  expect(api.server.stats.responseBytes).toBeLessThan(1_000);
});
