import { hash } from '../node.ts';
import { checkDefinition, defaultMaxPageSize, TableDefinitionError } from './check-definition.ts';
import { type ColumnDefinition, isComparable, type ValueForm } from './column.ts';
import { escapeLineSeparators } from './json-text.ts';
import { type Column, type KeyOrder, quoteIdentifier, type Table, type TableDefinition } from './table.ts';

/** Raise it with every change to a column's JSON form: see the test of `form`. */
const formVersion = 1;

declare global {
  /** Only in a bundle for AWS: its build has checked the definitions. */
  var tablesAreChecked: true | undefined;
}

/**
 * Defines a table in its file. It runs at import, so an error in a definition stops packaging, the local stack and
 * `check:schema` with one sentence.
 * @throws TableDefinitionError
 */
export function defineTable(definition: TableDefinition): Table {
  if (!globalThis.tablesAreChecked) checkDefinition(definition);
  const { name, relation, key, where, envelope, ...options } = definition;
  const { json = 'exact', timeZone = 'UTC' } = options;
  const columns = Object.entries(definition.columns).map(([member, column]) =>
    bind(member, column, { json, timeZone }),
  );
  const keyColumn = columns.find((column) => column.name === key);
  const order = keyColumn && keyOrder(keyColumn);
  if (keyColumn === undefined || order === undefined)
    throw new TableDefinitionError(name, `the key "${key}" is not an integer, uuid or text column`);

  const members = columns.map(({ name, kind, types, nullable, select }) => [
    ...[name, kind, types, nullable, select],
  ]);
  const form = [formVersion, name, relation, where ?? null, members, key, order, json, timeZone];
  const comparable = columns.filter(({ kind }) => isComparable(kind)).map((column) => column.name);
  const texts = columns.filter(({ kind }) => kind === 'text').map((column) => column.name);
  const pageSize = options.pageSize ?? (envelope === 'drf' ? 100 : undefined);
  return {
    ...{ name, relation, columns, json, timeZone },
    key: { ...keyColumn, order },
    form: hash('sha256', JSON.stringify(form), 'base64url'),
    ...(where === undefined ? {} : { where }),
    changedBy: options.changedBy ?? [relation],
    mayLose: options.mayLose ?? 1,
    ...(envelope === undefined ? {} : { envelope }),
    filterFields: options.filterFields ?? comparable,
    orderingFields: options.orderingFields ?? comparable,
    searchFields: options.searchFields ?? texts,
    ordering: options.ordering ?? [key],
    ...(pageSize === undefined ? {} : { pageSize }),
    maxPageSize: options.maxPageSize ?? defaultMaxPageSize,
    strict: options.strict ?? envelope !== 'drf',
  };
}

/** All tables of a deployment, in the order of the index; `/refresh/` answers the first. */
export type Dataset = readonly [Table, ...Table[]];

/** @throws TableDefinitionError for two tables with the same name, and for an empty index. */
export function defineDataset(tables: readonly Table[]): Dataset {
  const [first, ...others] = tables;
  if (first === undefined) throw new TableDefinitionError('index', 'tables/index.ts lists no table: add one');
  for (const { name } of others)
    if (tables.filter((table) => table.name === name).length > 1)
      throw new TableDefinitionError(name, 'two tables of the index have this name: rename one of them');
  return [first, ...others];
}

function bind(name: string, definition: ColumnDefinition, form: ValueForm): Column {
  const { column = name, nullable = false, select, toJson, ...rest } = definition;
  return {
    ...rest,
    ...{ name, column, nullable },
    select: select(quoteIdentifier(column), form),
    toJson(text) {
      const json = toJson(text, form);
      return form.json === 'drf' ? escapeLineSeparators(json) : json;
    },
  };
}

/** @returns undefined for a column that cannot be a key. */
function keyOrder({ kind, column }: Column): KeyOrder | undefined {
  const quoted = `record.${quoteIdentifier(column)}`; // unqualified, it could match an alias of the query
  if (kind === 'integer') return { by: quoted, type: 'bigint' };
  if (kind === 'uuid') return { by: quoted, type: 'uuid' };
  if (kind === 'text') return { by: `${quoted}::text COLLATE "C"`, type: 'text' };
  return undefined;
}
