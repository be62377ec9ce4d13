import type { ColumnDefinition } from '../../../lib/tables/column.ts';
import * as column from '../../../lib/tables/columns.ts';
import { defineTable } from '../../../lib/tables/define-table.ts';

const nullable = { nullable: true };

/** Every type of a Django field, by kind; each column is nullable. */
const types: Record<string, [type: string, ColumnDefinition]> = {
  small: ['smallint', column.integer(nullable)],
  int: ['integer', column.integer(nullable)],
  big: ['bigint', column.integer(nullable)],
  decimal: ['numeric(20, 6)', column.numeric(nullable)],
  float: ['double precision', column.float(nullable)],
  bool: ['boolean', column.boolean(nullable)],
  char: ['varchar(200)', column.text(nullable)],
  text: ['text', column.text(nullable)],
  date: ['date', column.date(nullable)],
  time: ['time', column.time(nullable)],
  dt: ['timestamptz', column.timestamptz(nullable)],
  naive: ['timestamp', column.timestamp(nullable)],
  duration: ['interval', column.duration(nullable)],
  uuid: ['uuid', column.uuid(nullable)],
  json: ['jsonb', column.jsonb(nullable)],
  binary: ['bytea', column.bytea(nullable)],
  ip: ['inet', column.inet(nullable)],
  ints: ['integer[]', column.array(column.integer(), nullable)],
  texts: ['text[]', column.array(column.text(), nullable)],
  dts: ['timestamptz[]', column.array(column.timestamptz(), nullable)],
};

export const everyType = defineTable({
  name: 'every-type',
  relation: 'public.every_type',
  key: 'id',
  columns: {
    id: column.integer(),
    ...Object.fromEntries(Object.entries(types).map(([name, [, definition]]) => [name, definition])),
  },
});

export const everyTypeSql = `CREATE TABLE every_type (id bigint PRIMARY KEY, ${Object.entries(types)
  .map(([name, [type]]) => `"${name}" ${type}`)
  .join(', ')})`;
