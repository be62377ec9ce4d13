import * as column from '../../../lib/tables/columns.ts';
import { defineTable } from '../../../lib/tables/define-table.ts';

/** A table with a text key. */
export const countries = defineTable({
  name: 'countries',
  relation: 'public.geo_country',
  key: 'code',
  columns: {
    code: column.text({ maxLength: 2000 }),
    name: column.text({ help: 'in its own language' }),
    area: column.numeric({ nullable: true, column: 'area_km2' }),
  },
});

export const countriesSql =
  'CREATE TABLE geo_country (code varchar(2000) PRIMARY KEY, name text NOT NULL, area_km2 numeric(12, 2))';
