import { hash } from 'node:crypto';
import type { ColumnDefinition, ValueForm } from './column.ts';
import { type Column, type KeyOrder, quoteIdentifier, type Table, type TableOptions } from './table.ts';

/** Raised with every change to the JSON form of a text that a column gives: see the test of `form`. */
const formVersion = 1;

/** @throws TypeError for a key that is not one of the columns or cannot be sorted. */
export function defineTable({
  name,
  relation,
  key,
  columns: definitions,
  ...options
}: TableOptions & {
  name: string;
  /** `schema.table` */
  relation: string;
  /** The member that is the primary key. */
  key: string;
  /** By the record's member, in the order of the answer. */
  columns: Readonly<Record<string, ColumnDefinition>>;
}): Table {
  const { json = 'exact', timeZone = 'UTC', where, envelope, pageSize } = options;
  const columns = Object.entries(definitions).map(([member, column]) =>
    bind(member, column, { json, timeZone }),
  );
  const keyColumn = columns.find((column) => column.name === key);
  if (keyColumn === undefined || keyColumn.nullable)
    throw new TypeError(`the key ${key} is not a column, or may be NULL`);
  const order = keyOrder(keyColumn);
  const members = columns.map(({ name, kind, types, nullable, select }) => [
    ...[name, kind, types, nullable, select],
  ]);
  const form = [formVersion, name, relation, where ?? null, members, key, order, json, timeZone];
  const names = columns.map((column) => column.name);
  const listPageSize = pageSize ?? (envelope === 'drf' ? 100 : undefined);
  return {
    ...{ name, relation, columns, json, timeZone },
    key: { ...keyColumn, order },
    form: hash('sha256', JSON.stringify(form), 'base64url'),
    ...(where === undefined ? {} : { where }),
    changedBy: options.changedBy ?? [relation],
    mayLose: options.mayLose ?? 1,
    ...(envelope === undefined ? {} : { envelope }),
    filterFields: options.filterFields ?? names,
    orderingFields: options.orderingFields ?? names,
    searchFields:
      options.searchFields ?? columns.filter(({ kind }) => kind === 'text').map((column) => column.name),
    ordering: options.ordering ?? [key],
    ...(listPageSize === undefined ? {} : { pageSize: listPageSize }),
    maxPageSize: options.maxPageSize ?? 10_000,
    strict: options.strict ?? envelope !== 'drf',
  };
}

/** All tables of a deployment, in the order of the index; the first is the one that `/refresh/` answers. */
export type Dataset = readonly [Table, ...Table[]];

/** @throws TypeError for two tables of one name. */
export function defineDataset(tables: Dataset): Dataset {
  const names = tables.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`two tables are called ${twice}`);
  return tables;
}

function bind(name: string, definition: ColumnDefinition, form: ValueForm): Column {
  const { column = name, nullable = false, select, toJson, ...rest } = definition;
  return {
    ...rest,
    ...{ name, column, nullable },
    select: select(quoteIdentifier(column), form),
    toJson: (text) => toJson(text, form),
  };
}

function keyOrder({ column, types }: Column): KeyOrder {
  const quoted = `record.${quoteIdentifier(column)}`; // bare, it might be taken for a name that the query gives
  if (types.includes('bigint')) return { by: quoted, type: 'bigint' };
  if (types.includes('uuid')) return { by: quoted, type: 'uuid' };
  if (types.includes('text')) return { by: `${quoted}::text COLLATE "C"`, type: 'text' };
  throw new TypeError(`a key of type ${types.join(', ')} is not supported: integer, uuid or text`);
}
