import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { valueAt } from '../../lib/query/chunk-columns.ts';
import { compareNullable, type Value } from '../../lib/query/compare.ts';
import { type Condition, toCondition } from '../../lib/query/condition.ts';
import { evaluate, type Selection } from '../../lib/query/evaluate.ts';
import { fieldsOf } from '../../lib/query/field.ts';
import type { OrderBy } from '../../lib/query/order.ts';
import { type Filter, tableColumnsOf } from '../../lib/query/table-columns.ts';
import { type BoundedMemory, createBoundedMemory } from '../../lib/reading/bounded-memory.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { storedRecord } from '../fakes/records.ts';
import { createTestDataset, type TestDataset } from '../reading/test-dataset.ts';

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

/** The filter of one condition. */
const filterOf = (condition: Condition | undefined): Filter | undefined =>
  condition && { conditions: [condition], search: [], canonical: JSON.stringify(condition.comparison) };

test('pages under any order and filter are those of a sort of everything, of each generation, in every size of memory', async () => {
  const sizes = fc.constantFrom(0, 500, 5_000, 1_000_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(rows, { minLength: 1, maxLength: 3 }),
      orders,
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      sizes,
      fc.option(fc.integer({ min: -2, max: 2 })),
      fc.constantFrom(0, 5, 1_000),
      fc.constantFrom(0, 10, 1_000),
      async (generations, order, descending, limit, memoryBytes, above, mostCompared, mostSortedRows) => {
        const dataset = createTestDataset({ tables: [table] });
        const memory = createBoundedMemory(memoryBytes);
        const orderBy: OrderBy[] = [...order, ['id', descending] as const].map(([name, isDown]) => ({
          field: fieldOf(name),
          descending: isDown,
        }));
        const filter = filterOf(
          above === null ? undefined : toCondition(fieldOf('n'), 'gte', String(above), { negated: false }),
        );
        let values: (typeof generations)[number] = [];
        for (const changed of generations) {
          values = [...changed, ...values.slice(changed.length)]; // the chunks of the other records stay
          const stored = values.map(({ n, big, t }, id) =>
            storedRecord(String(id), `{"id":${id},"n":${n},"big":${big},"t":${JSON.stringify(t)}}`),
          );
          await dataset.publish({ rows: { topics: stored } });
          const { runs } = await dataset.container().read({ table });
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

          const columns = tableColumnsOf(memory, table, runs);
          const seen: Value[][] = [];
          for (let more = true, after: readonly Value[] | undefined; more; ) {
            const selection = { filter, orderBy, offset: 0, limit, after };
            const bounds = { mostCompared, mostSortedRows };
            const page = evaluate(columns, selection, bounds);
            // By what the first question left in memory.
            expect(evaluate(columns, selection, bounds)).toEqual(page);
            expect(page.count).toBe(expected.length);
            const found = page.rows.map(({ run, row }) =>
              columns
                .chunk(run)
                .columns(orderBy.map(({ field }) => field))
                .map((one) => valueAt(one, row)),
            );
            seen.push(...found);
            expect(found.length).toBeLessThanOrEqual(limit);
            after = found.at(-1);
            more = page.more;
          }
          expect(seen).toEqual(expected);
          expect(memory.bytes()).toBeLessThanOrEqual(memoryBytes);
        }
      },
    ),
    { numRuns: 75 },
  );
});

describe('what is read', () => {
  const texts = (changed: number, count = 60) =>
    Array.from({ length: count }, (_, id) =>
      storedRecord(String(id), `{"id":${id},"n":${id},"big":null,"t":"${id === changed ? 'A' : 'B'}"}`),
    );
  const hasB = () => filterOf(toCondition(fieldOf('t'), 'icontains', 'b', { negated: false }));
  const isAbove = (n: number) => filterOf(toCondition(fieldOf('n'), 'gte', String(n), { negated: false }));
  const byN = ['n', 'id'].map((name) => ({ field: fieldOf(name), descending: false }));

  /** @returns the generation's runs, and what reads the chunks for one question: the hash of a chunk for each time */
  async function generation(dataset: TestDataset, stored: readonly StoredRecord[]) {
    await dataset.publish({ rows: { topics: stored } });
    const { runs } = await dataset.container().read({ table });
    return {
      hashes: runs.map(({ hash }) => hash),
      ask(memory: BoundedMemory, selection: Partial<Selection>) {
        const read: string[] = [];
        const watched = runs.map((run) => ({
          ...run,
          open() {
            read.push(run.hash);
            return run.open();
          },
          chunk: {
            get segment() {
              read.push(run.hash);
              return run.chunk.segment;
            },
          },
        }));
        const asked = {
          filter: undefined,
          orderBy: byN,
          offset: 0,
          limit: 3,
          after: undefined,
          ...selection,
        };
        return { ...evaluate(tableColumnsOf(memory, table, watched), asked), read };
      },
    };
  }

  test('by a repeated filter: for a new generation its changed chunks alone', async () => {
    const dataset = createTestDataset({ tables: [table] });
    const memory = createBoundedMemory(1_000_000);
    const selection = { filter: hasB(), limit: 0 };
    const before = await generation(dataset, texts(-1));
    expect(before.ask(memory, selection)).toMatchObject({ count: 60, read: before.hashes });
    expect(before.ask(memory, selection)).toMatchObject({ count: 60, read: [] });
    const changed = await generation(dataset, texts(30));
    const [hash] = changed.hashes.filter((one) => !before.hashes.includes(one));
    expect(changed.ask(memory, selection)).toMatchObject({ count: 59, read: [hash] });
    expect(changed.ask(memory, selection)).toMatchObject({ count: 59, read: [] });
  });

  test('by a repeated order: for a new generation its changed chunks alone, even if no column is kept', async () => {
    const dataset = createTestDataset({ tables: [table] });
    const memory = createBoundedMemory(4_000); // a sequence fits, the columns of all chunks do not
    const before = await generation(dataset, texts(-1));
    for (let times = 0; times < 3; times += 1) before.ask(memory, {});
    const changed = await generation(dataset, texts(30));
    expect(changed.hashes.length).toBeGreaterThan(15);
    // The changed one for the sequence, and the first ones for the page.
    expect(new Set(changed.ask(memory, {}).read).size).toBeLessThanOrEqual(4);
  });

  test('by a repeated order under a filter: only chunks with matches, if they are few', async () => {
    const dataset = createTestDataset({ tables: [table] });
    const { ask } = await generation(dataset, texts(-1));
    for (const [above, most] of [
      [100, 0],
      [59, 1],
    ] as const) {
      const memory = createBoundedMemory(1_000_000);
      const byText = ['t', 'id'].map((name) => ({ field: fieldOf(name), descending: false }));
      for (let times = 0; times < 2; times += 1) ask(memory, { filter: isAbove(above), limit: 0 });
      for (let times = 0; times < 3; times += 1)
        expect(ask(memory, { filter: isAbove(above), orderBy: byText }).read.length).toBeLessThanOrEqual(
          most,
        );
    }
  });

  test('by one question: each chunk once, even if memory keeps nothing', async () => {
    const { ask, hashes } = await generation(createTestDataset({ tables: [table] }), texts(-1));
    expect(ask(createBoundedMemory(0), { filter: isAbove(0) }).read.length).toBeLessThanOrEqual(
      hashes.length,
    );
  });

  test('filters of one request keep no rows', async () => {
    const { ask } = await generation(createTestDataset({ tables: [table] }), texts(-1, 2_000));
    const memory = createBoundedMemory(1_000_000);
    ask(memory, { filter: isAbove(0), limit: 0 });
    const before = memory.bytes();
    for (let n = 1; n <= 10; n += 1) ask(memory, { filter: isAbove(-n), limit: 0 });
    expect(memory.bytes() - before).toBeLessThan(10_000);
  });
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
      const orderBy = [
        { field, descending },
        { field: id, descending: false },
      ];
      const selection = { filter: filterOf(wanted), orderBy, offset: 0, limit: 3, after: undefined };
      const columns = tableColumnsOf(createBoundedMemory(1_000_000), events, runs);
      const [{ rows: found }, again] = [evaluate(columns, selection), evaluate(columns, selection)];
      expect(again.rows).toEqual(found);
      const sign = descending ? -1 : 1;
      const expected = values
        .flatMap((one, key) => (one.kind === 0 ? [{ ...one, key }] : []))
        .sort((a, b) => (field === at ? sign * (a.day - b.day) : 0) || a.key - b.key)
        .slice(0, 3);
      expect(found.map(({ run, row }) => valueAt(columns.chunk(run).column(id), row))).toEqual(
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
  const selection = { filter: undefined, orderBy, offset: 0, limit: 3, after: undefined };
  const keys = () =>
    evaluate(tableColumnsOf(memory, table, watched), selection).rows.map(
      ({ run, row }) => runs.find(({ hash }) => hash === run.hash)?.open().keys[row],
    );
  const first = keys();
  expect(first).toEqual(['55', '48', '41']);
  expect(opened).toBe(0);
  expect(memory.bytes()).toBeLessThan(runs.length * 100);
  expect(keys()).toEqual(first);
  expect(opened).toBeGreaterThan(0);
});
