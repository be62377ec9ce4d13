import * as column from '../lib/tables/columns.ts';
import { defineTable } from '../lib/tables/define-table.ts';

// <generated> from the model or the table: the next run replaces this, down to the end mark.
const generated = {
  relation: 'public.bbs_topic',
  key: 'id',
  columns: {
    id: column.integer(),
    title: column.text({ maxLength: 100 }),
    comment: column.text(),
    dt: column.timestamptz(),
  },
};
// </generated>

/** Django's `bbs.Topic`. */
export const topics = defineTable({
  name: 'topics',
  ...generated,
  // Decide who may read what: all rows but for `where: 'is_public'`, all columns but for those that `columns` leaves out.
});
