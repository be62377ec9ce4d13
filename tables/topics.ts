import * as column from '../lib/tables/columns.ts';
import { defineTable } from '../lib/tables/define-table.ts';

/** Django's model `bbs.Topic`. */
export const topics = defineTable({
  name: 'topics',
  relation: 'public.bbs_topic',
  key: 'id',
  columns: {
    id: column.integer(),
    title: column.text(),
    comment: column.text(),
    dt: column.timestamptz(),
  },
});
