import * as column from '../../../lib/tables/columns.ts';
import { defineTable } from '../../../lib/tables/define-table.ts';

/** A table with a uuid key. */
export const categories = defineTable({
  name: 'categories',
  relation: 'public.shop_category',
  key: 'id',
  columns: {
    id: column.uuid(),
    name: column.text({ maxLength: 100 }),
    parent_id: column.uuid({ nullable: true }),
  },
});

export const categoriesSql = `CREATE TABLE shop_category (
  id uuid PRIMARY KEY, name varchar(100) NOT NULL, parent_id uuid REFERENCES shop_category
)`;
