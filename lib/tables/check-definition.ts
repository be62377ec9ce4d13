import { type ColumnDefinition, isComparable } from './column.ts';
import type { TableDefinition } from './table.ts';

/** A mistake in a table's file. */
export class TableDefinitionError extends TypeError {
  constructor(table: string, fault: string) {
    super(`Table "${table}": ${fault}.`);
  }
}

/** Paths that the service itself answers. */
const reserved = ['refresh', 'changes', 'docs', 'redoc', 'openapi.json', 'schema', 'health', 'index'];

const options = [
  ...['name', 'relation', 'key', 'columns', 'where', 'changedBy', 'mayLose', 'json', 'envelope', 'timeZone'],
  ...['filterFields', 'orderingFields', 'searchFields', 'ordering', 'pageSize', 'maxPageSize', 'strict'],
];
const columnOptions = ['column', 'nullable', 'help', 'choices', 'maxLength'];
const columnParts = ['kind', 'types', 'select', 'toJson', 'element'];

const mostRecordsPerPage = 10_000;
/** The default bound for the records of a page. */
export const defaultMaxPageSize = 1_000;

/** @throws TableDefinitionError with one sentence that names the value, and says what to do */
export function checkDefinition(definition: TableDefinition): void {
  const { name, relation, key, columns, where, changedBy, mayLose, timeZone } = definition;
  const { pageSize, maxPageSize = defaultMaxPageSize } = definition;
  const fail = (fault: string): never => {
    throw new TableDefinitionError(name, fault);
  };

  if (reserved.includes(name)) fail(`/${name}/ is a path of the service: choose another name`);
  if (!/^[a-z\d]+([-_][a-z\d]+)*$/.test(name) || name.length > 64)
    fail('the name is a segment of a path: lower-case letters, digits, "-" and "_" between them, at most 64');
  for (const option of Object.keys(definition))
    if (!options.includes(option)) fail(`unknown option "${option}": the options are ${options.join(', ')}`);
  for (const one of [relation, ...(changedBy ?? [])])
    if (!/^[^."]+\.[^."]+$/.test(one)) fail(`a relation must look like public.bbs_topic, got "${one}"`);
  if (changedBy?.length === 0) fail('changedBy is empty: name the tables whose changes change the view');

  checkColumns(columns, fail);
  const keyColumn = Object.hasOwn(columns, key) ? columns[key] : undefined;
  if (keyColumn === undefined)
    throw new TableDefinitionError(
      name,
      `the key "${key}" is not one of the columns ${Object.keys(columns).join(', ')}`,
    );
  if (keyColumn.nullable) fail(`the key "${key}" may not be nullable: take a column without NULL`);
  if (!['integer', 'uuid', 'text'].includes(keyColumn.kind))
    fail(`the key "${key}" is of kind ${keyColumn.kind}: a key is an integer, uuid or text column`);

  const { filterFields = [], orderingFields = [], searchFields = [], ordering = [] } = definition;
  const ordered = ordering.map((member) => member.replace(/^-/, ''));
  for (const [option, members] of Object.entries({
    filterFields,
    orderingFields,
    searchFields,
    ordering: ordered,
  }))
    for (const member of members) {
      const kind = Object.hasOwn(columns, member) ? columns[member]?.kind : undefined;
      if (kind === undefined) fail(`${option} names "${member}", which is not one of the columns`);
      else if (option === 'searchFields' && kind !== 'text')
        fail(`searchFields names "${member}", which is not a text column`);
      else if (!isComparable(kind))
        fail(
          `${option} names "${member}", a column of kind ${kind}, which no query can compare: take it out`,
        );
    }

  if (where?.trim() === '') fail('where is empty: leave it out, or write an SQL predicate');
  if (mayLose !== undefined && !(mayLose >= 0 && mayLose <= 1))
    fail(`mayLose is a share from 0 to 1, got ${mayLose}`);
  checkOneOf('json', definition.json, ['exact', 'fastapi', 'drf'], fail);
  checkOneOf('envelope', definition.envelope, ['drf'], fail);
  // It becomes part of the SQL. `checkTimeZones` checks that it exists.
  if (timeZone !== undefined && !/^[A-Za-z\d_+\-/]+$/.test(timeZone))
    fail(`timeZone must be an IANA name like Asia/Tokyo, got "${timeZone}"`);
  for (const [option, size] of Object.entries({ maxPageSize, ...(pageSize !== undefined && { pageSize }) }))
    if (!Number.isInteger(size) || size < 1 || size > mostRecordsPerPage)
      fail(`${option} is a number of records from 1 to ${mostRecordsPerPage}, got ${size}`);
  if (pageSize !== undefined && pageSize > maxPageSize)
    fail(`pageSize ${pageSize} is more than maxPageSize ${maxPageSize}: lower it`);
}

function checkColumns(columns: Readonly<Record<string, ColumnDefinition>>, fail: (fault: string) => never) {
  // In JavaScript, `__proto__: …` in an object literal sets the prototype instead of a member.
  if (Object.getPrototypeOf(columns) !== Object.prototype)
    fail("the member __proto__ is lost as it is written: write ['__proto__']: …");
  if (Object.keys(columns).length === 0) fail('columns is empty: name the columns to serve');
  for (const [member, definition] of Object.entries(columns)) {
    // JavaScript orders integer-like members before all others, so the answer would lose the file's order.
    if (/^(0|[1-9]\d*)$/.test(member))
      fail(`the member "${member}" is a number: choose another, with the option column: '${member}'`);
    if (typeof definition?.toJson !== 'function')
      fail(`the column "${member}" is not made by a function of lib/tables/columns.ts`);
    for (const option of Object.keys(definition))
      if (!columnOptions.includes(option) && !columnParts.includes(option))
        fail(
          `the column "${member}" has an unknown option "${option}": the options are ${columnOptions.join(', ')}`,
        );
  }
}

function checkOneOf(
  option: string,
  value: string | undefined,
  known: readonly string[],
  fail: (fault: string) => never,
) {
  if (value !== undefined && !known.includes(value))
    fail(`${option} is "${value}": it must be ${known.join(', ').replace(/, ([^,]*)$/, ' or $1')}`);
}
