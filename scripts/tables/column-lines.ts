import { displayWidth, lineWidth, memberName, stringLiteral } from './literal.ts';
import type { CatalogueColumn } from './read-relation.ts';

/** Column functions by PostgreSQL type. */
const functions: Record<string, string> = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'numeric',
  'double precision': 'float',
  real: 'real',
  boolean: 'boolean',
  'character varying': 'text',
  character: 'text',
  text: 'text',
  citext: 'text',
  uuid: 'uuid',
  inet: 'inet',
  date: 'date',
  'time without time zone': 'time',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  interval: 'duration',
  jsonb: 'jsonb',
  json: 'jsonb',
  hstore: 'hstore',
  bytea: 'bytea',
  cidr: 'other',
  macaddr: 'other',
  bit: 'other',
  'bit varying': 'other',
  ltree: 'other',
  tsvector: 'other',
  xml: 'other',
};

const ranges: Record<string, string> = {
  int4: 'integer',
  int8: 'integer',
  num: 'numeric',
  date: 'date',
  ts: 'timestamp',
  tstz: 'timestamptz',
};

const keyFunctions = ['integer', 'uuid', 'text'];

/**
 * The function for a column's type; undefined if there is none.
 * @param isLocal whether times are shown in the table's time zone, without an offset
 */
function functionOf({ type, kind }: CatalogueColumn, isLocal: boolean): string | undefined {
  const local = (name: string | undefined) => (isLocal && name === 'timestamptz' ? 'localTimestamptz' : name);
  const [, bound = '', multi] = /^(int4|int8|num|date|ts|tstz)(multi)?range$/.exec(type) ?? [];
  const boundFunction = local(ranges[bound]);
  if (boundFunction !== undefined) return `${multi ?? ''}range(column.${boundFunction}())`;
  const name = kind === 'e' ? 'other' : local(functions[type]);
  return name && `${name}()`;
}

export const canBeKey = (column: CatalogueColumn) =>
  !column.isArray && keyFunctions.some((name) => functionOf(column, false) === `${name}()`);

/**
 * One member of `columns`, in Biome's format.
 * @throws Error for a column whose type has no function
 */
export function columnLines(
  column: CatalogueColumn,
  { relation, isKey, isLocal }: { relation: string; isKey: boolean; isLocal: boolean },
): string[] {
  const read = functionOf(column, isLocal);
  if (read === undefined)
    throw new Error(
      `${relation}.${column.name} is of the type ${column.type}, which has no column function: serve a view that casts it to text, or to json.`,
    );
  const call = `column.${column.isArray ? `array(column.${read})` : read}`;
  const options: [name: string, value: string][] = [];
  if (!column.notNull && !isKey) options.push(['nullable', 'true']);
  if (call === 'column.text()' && column.maxLength !== null)
    options.push(['maxLength', String(column.maxLength)]);
  if (column.comment !== null) options.push(['help', stringLiteral(column.comment)]);

  const start = `    ${memberName(column.name)}: ${call.slice(0, -1)}`;
  if (options.length === 0) return [`${start}),`];
  const opened = `${start}${call.endsWith('()') ? '' : ', '}{`;
  const flat = `${opened} ${options.map(([name, value]) => `${name}: ${value}`).join(', ')} }),`;
  if (displayWidth(flat) <= lineWidth) return [flat];
  const lines = options.map(([name, value]) => `      ${name}: ${value},`);
  return [opened, ...lines, '    }),'];
}
