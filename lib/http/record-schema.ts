import type { ColumnDefinition, ValueForm } from '../tables/column.ts';
import type { Column, Table } from '../tables/table.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schema of a table's records: every member is always present. */
export const recordSchema = ({ columns, json }: Table): JsonSchema => ({
  type: 'object',
  required: columns.map(({ name }) => name),
  properties: Object.fromEntries(columns.map((column) => [column.name, memberSchema(column, json)])),
});

function memberSchema(column: Column, json: ValueForm['json']): JsonSchema {
  const { nullable, help, choices, maxLength } = column;
  const sentences = [
    help === undefined ? undefined : `${help.replace(/\.?$/, '')}.`,
    choices && `Django offers ${choices.map(([value, label]) => `${value} (${label})`).join(', ')}.`,
    maxLength && `At most ${maxLength} characters.`,
  ].filter((one) => one !== undefined && one !== 0);
  const schema = valueSchema(column, json);
  const [choice] = choices ?? [];
  return {
    ...(nullable ? orNull(schema) : schema),
    ...(choice === undefined ? {} : { examples: [choice[0]] }),
    ...(sentences.length === 0 ? {} : { description: sentences.join(' ') }),
  };
}

/** A union with null, in the shortest form. */
function orNull(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  const { type, examples, ...others } = schema;
  const shown = examples === undefined ? {} : { examples };
  if (typeof type === 'string' && !('enum' in others)) return { type: [type, 'null'], ...others, ...shown };
  if (Array.isArray(others['anyOf'])) return { anyOf: [...others['anyOf'], { type: 'null' }], ...shown };
  return { anyOf: [schema, { type: 'null' }] };
}

const notFinite = { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] };

/** The schema of the JSON forms that `columns.ts` writes, by kind of column. */
function valueSchema(
  { kind, types, element }: ColumnDefinition | Column,
  json: ValueForm['json'],
): JsonSchema {
  const part = element === undefined ? {} : orNull(valueSchema(element, json));
  switch (kind) {
    case 'integer':
      return { type: 'integer', ...(types.includes('bigint') ? { format: 'int64' } : {}), examples: [1] };
    case 'numeric':
      return json === 'drf'
        ? { type: 'string', format: 'decimal', examples: ['12.50'] }
        : { anyOf: [{ type: 'number' }, notFinite], examples: [12.5] };
    case 'float':
    case 'real':
      return { anyOf: [{ type: 'number' }, notFinite], examples: [0.5] };
    case 'boolean':
      return { type: 'boolean' };
    case 'text':
    case 'other':
      return { type: 'string', examples: ['a text'] };
    case 'uuid':
      return { type: 'string', format: 'uuid', examples: ['0a1b2c3d-4e5f-6789-abcd-ef0123456789'] };
    case 'inet':
      return { type: 'string', examples: ['192.0.2.1'] };
    case 'date':
      return { type: 'string', format: 'date', examples: ['2026-02-28'] };
    case 'time':
      return { type: 'string', examples: ['09:05:07.120000'] };
    case 'timestamptz':
      return {
        type: 'string',
        format: 'date-time',
        examples: [`2026-02-28T09:05:07.123456${json === 'drf' ? 'Z' : '+00:00'}`],
      };
    case 'timestamp':
    case 'localTimestamptz':
      return { type: 'string', examples: ['2026-02-28T09:05:07.123456'] };
    case 'duration':
      return json === 'drf'
        ? { type: 'string', examples: ['1 02:03:04'] }
        : {
            anyOf: [{ type: 'number' }, { type: 'string', enum: ['infinity', '-infinity'] }],
            examples: [93784],
          };
    case 'jsonb':
      return {};
    case 'hstore':
      return { type: 'object', additionalProperties: { type: ['string', 'null'] } };
    case 'bytea':
      return { type: 'string', contentEncoding: 'base64', examples: ['AP8Q'] };
    case 'array':
      // The depth of an array of arrays varies by value.
      return { type: 'array', items: { anyOf: [part, { type: 'array', items: {} }] } };
    case 'range':
      return rangeSchema(part);
    case 'multirange':
      return { type: 'array', items: rangeSchema(part) };
  }
}

const rangeSchema = (bound: JsonSchema): JsonSchema => ({
  anyOf: [
    {
      type: 'object',
      required: ['lower', 'upper', 'bounds'],
      properties: {
        lower: bound,
        upper: bound,
        bounds: { type: 'string', enum: ['[)', '[]', '(]', '()'] },
      },
    },
    { type: 'object', required: ['empty'], properties: { empty: { const: true } } },
  ],
});

/** JSON Schema of a key in a record. */
export const keySchemaInRecord = ({ key, json }: Table) => valueSchema(key, json);

/** JSON Schema of a key in a path or a parameter. */
export const keySchema = ({ key }: Table) =>
  key.order.type === 'bigint'
    ? { type: 'integer' }
    : key.order.type === 'uuid'
      ? { type: 'string', format: 'uuid' }
      : { type: 'string' };
