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
  // Lists are public: `where: 'is_public'` restricts the rows, and `columns` leaves out columns.
});
