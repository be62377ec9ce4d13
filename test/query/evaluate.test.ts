import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, valueAt } from '../../lib/query/chunk-columns.ts';
import { compareNullable, type Value } from '../../lib/query/compare.ts';
import { toCondition } from '../../lib/query/condition.ts';
import { evaluate, type OrderBy } from '../../lib/query/evaluate.ts';
import { fieldsOf } from '../../lib/query/field.ts';
import { createBoundedMemory } from '../../lib/reading/bounded-memory.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { storedRecord } from '../fakes/records.ts';
import { createTestDataset } from '../reading/test-dataset.ts';

const table = defineTable({
  name: 'topics',
  relation: 'public.topic',
  key: 'id',
  columns: {
    id: column.integer(),
    n: column.integer({ nullable: true }),
    big: column.numeric({ nullable: true }),
    t: column.text({ nullable: true }),
  },
});
const fields = fieldsOf(table);
function fieldOf(name: string) {
  const field = fields.get(name);
  if (field === undefined) throw new TypeError(`there is no field ${name}`);
  return field;
}
/** The JSON text of a number, because JavaScript cannot represent the last two. */
const bigs = fc.constantFrom('0', '1', '-1', '9007199254740993', '9007199254740992.5');
const rows = fc.array(
  fc.record({
    n: fc.option(fc.integer({ min: -2, max: 2 })),
    big: fc.option(bigs),
    t: fc.option(fc.string({ unit: fc.constantFrom('a', 'B', '😀', '\uffff'), maxLength: 2 })),
  }),
  { maxLength: 60 },
);
const orders = fc.uniqueArray(fc.tuple(fc.constantFrom('n', 'big', 't'), fc.boolean()), {
  selector: ([name]) => name,
  maxLength: 3,
});

test('pages under any order and filter are those of a sort of everything, in every size of memory', async () => {
  const sizes = fc.constantFrom(0, 500, 1_000_000);
  await fc.assert(
    fc.asyncProperty(
      rows,
      orders,
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      sizes,
      fc.option(fc.integer({ min: -2, max: 2 })),
      fc.constantFrom(0, 5, 1_000),
      fc.constantFrom(0, 10, 1_000),
      async (values, order, descending, limit, memoryBytes, above, mostCompared, mostSortedRows) => {
        const dataset = createTestDataset({ tables: [table] });
        const stored = values.map(({ n, big, t }, id) =>
          storedRecord(String(id), `{"id":${id},"n":${n},"big":${big},"t":${JSON.stringify(t)}}`),
        );
        await dataset.publish({ rows: { topics: stored } });
        const { runs } = await dataset.container().read({ table });

        const orderBy: OrderBy[] = [...order, ['id', descending] as const].map(([name, isDown]) => ({
          field: fieldOf(name),
          descending: isDown,
        }));
        const filter =
          above === null ? undefined : toCondition(fieldOf('n'), 'gte', String(above), { negated: false });
        const all = values.map((value, id) =>
          orderBy.map(({ field }): Value => {
            if (field.name === 'id') return id;
            const json =
              field.name === 'n' ? value.n : field.name === 'big' ? value.big : JSON.stringify(value.t);
            return field.read(String(json));
          }),
        );
        const expected = all
          .filter((_, id) => above === null || (values[id]?.n ?? Number.NEGATIVE_INFINITY) >= above)
          .sort((a, b) => {
            for (const [at, { descending: isDown }] of orderBy.entries()) {
              const by = compareNullable(a[at] ?? null, b[at] ?? null);
              if (by !== 0) return isDown ? -by : by;
            }
            return 0;
          });

        const columns = columnsOf(createBoundedMemory(memoryBytes), table);
        const seen: Value[][] = [];
        for (let more = true, after: readonly Value[] | undefined; more; ) {
          const selection = {
            conditions: filter === undefined ? [] : [filter],
            search: [],
            orderBy,
            offset: 0,
            limit,
            after,
          };
          const page = evaluate(runs, selection, columns, { mostCompared, mostSortedRows });
          expect(page.count).toBe(expected.length);
          const found = page.rows.map(({ run, row }) =>
            columns(run)
              .columns(orderBy.map(({ field }) => field))
              .map((one) => valueAt(one, row)),
          );
          seen.push(...found);
          expect(found.length).toBeLessThanOrEqual(limit);
          after = found.at(-1);
          more = page.more;
        }
        expect(seen).toEqual(expected);
      },
    ),
    { numRuns: 75 },
  );
});

test('a filter that few records fulfil finds the first of them in any order of the chunks', async () => {
  const events = defineTable({
    name: 'events',
    relation: 'public.event',
    key: 'id',
    columns: { id: column.integer(), kind: column.integer(), at: column.date() },
  });
  const [kind, at, id] = ['kind', 'at', 'id'].map((name) => fieldsOf(events).get(name));
  if (kind === undefined || at === undefined || id === undefined) throw new TypeError('a field is missing');
  const wanted = toCondition(kind, 'exact', '0', { negated: false });
  const days = fc.array(fc.record({ kind: fc.nat(9), day: fc.integer({ min: 10, max: 28 }) }), {
    minLength: 40,
    maxLength: 120,
  });
  await fc.assert(
    fc.asyncProperty(days, fc.constantFrom(kind, at), fc.boolean(), async (values, field, descending) => {
      const dataset = createTestDataset({ tables: [events], chunkBytes: 300 });
      const stored = values.map((one, key) =>
        storedRecord(String(key), `{"id":${key},"kind":${one.kind},"at":"2024-01-${one.day}"}`),
      );
      await dataset.publish({ rows: { events: stored } });
      const { runs } = await dataset.container().read({ table: events });
      expect(runs.length).toBeGreaterThan(3);
      const columns = columnsOf(createBoundedMemory(1_000_000), events);
      const orderBy = [
        { field, descending },
        { field: id, descending: false },
      ];
      const selection = { conditions: wanted === undefined ? [] : [wanted], search: [], orderBy };
      const { rows: found } = evaluate(
        runs,
        { ...selection, offset: 0, limit: 3, after: undefined },
        columns,
      );
      const sign = descending ? -1 : 1;
      const expected = values
        .flatMap((one, key) => (one.kind === 0 ? [{ ...one, key }] : []))
        .sort((a, b) => (field === at ? sign * (a.day - b.day) : 0) || a.key - b.key)
        .slice(0, 3);
      expect(found.map(({ run, row }) => valueAt(columns(run).columns([id])[0] ?? [], row))).toEqual(
        expected.map(({ key }) => key),
      );
    }),
    { numRuns: 50 },
  );
});

test('the first question for an order opens no chunk, and keeps no column', async () => {
  const dataset = createTestDataset({ tables: [table] });
  const stored = Array.from({ length: 60 }, (_, id) =>
    storedRecord(String(id), `{"id":${id},"n":${id % 7},"big":null,"t":"a"}`),
  );
  await dataset.publish({ rows: { topics: stored } });
  const { runs } = await dataset.container().read({ table });
  let opened = 0;
  const watched = runs.map((run) => ({
    ...run,
    open: () => {
      opened += 1;
      return run.open();
    },
  }));
  const memory = createBoundedMemory(1_000_000);
  const orderBy = ['n', 'id'].map((name) => ({ field: fieldOf(name), descending: true }));
  const selection = { conditions: [], search: [], orderBy, offset: 0, limit: 3, after: undefined };
  const keys = () =>
    evaluate(watched, selection, columnsOf(memory, table)).rows.map(
      ({ run, row }) => runs.find(({ hash }) => hash === run.hash)?.open().keys[row],
    );
  const first = keys();
  expect(first).toEqual(['55', '48', '41']);
  expect(opened).toBe(0);
  expect(memory.bytes()).toBeLessThan(runs.length * 100);
  expect(keys()).toEqual(first);
  expect(opened).toBeGreaterThan(0);
});
