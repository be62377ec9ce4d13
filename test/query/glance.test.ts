import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, valueAt } from '../../lib/query/chunk-columns.ts';
import { fieldsOf } from '../../lib/query/field.ts';
import { glance } from '../../lib/query/glance.ts';
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
    a$b: column.text({ nullable: true }),
    n: column.numeric({ nullable: true }),
    is: column.boolean({ nullable: true }),
    ü: column.text(),
  },
});
const members = table.columns.map(({ name }) => name);
const text = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '{"id":1', ',', '}', 'é', '😀', '\u2028'),
});
const records = fc.array(
  fc.record({ a$b: fc.option(text), n: fc.option(fc.integer()), is: fc.option(fc.boolean()), ü: text }),
  { minLength: 1, maxLength: 20 },
);

test('a column at a glance is the column that is kept', () =>
  fc.assert(
    fc.asyncProperty(records, async (values) => {
      const dataset = createTestDataset({ tables: [table] });
      const stored = values.map((value, id) => storedRecord(String(id), JSON.stringify({ id, ...value })));
      await dataset.publish({ rows: { topics: stored } });
      const { runs } = await dataset.container().read({ table });
      const columns = columnsOf(createBoundedMemory(1_000_000), table);
      for (const run of runs)
        for (const field of fieldsOf(table).values()) {
          const [kept = []] = columns(run).columns([field]);
          expect(glance(run, members, field)).toEqual(
            Array.from({ length: run.count }, (_, row) => valueAt(kept, row)),
          );
        }
    }),
    { numRuns: 50 },
  ));
