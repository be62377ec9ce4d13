import * as column from '../../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../../lib/tables/define-table.ts';
import { categories } from '../support/tables/categories.ts';
import { everyType } from '../support/tables/every-type.ts';
import { topics } from '../support/tables/topics.ts';

/** A table whose columns have names of parameters. */
export const asDrf = defineTable({
  name: 'things',
  relation: 'public.thing',
  key: 'id',
  columns: {
    id: column.integer(),
    page: column.integer(),
    since: column.text(),
    tags: column.array(column.text()),
  },
  ...({ json: 'drf', envelope: 'drf' } as const),
});
const bare = defineTable({
  name: 'bare',
  relation: 'public.bare',
  key: 'id',
  columns: { id: column.integer() },
  filterFields: [],
});
export const several = defineDataset([topics, categories, everyType, asDrf, bare]);
