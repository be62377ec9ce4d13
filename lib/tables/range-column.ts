import { parseJsonArray, partJson, textOrNull } from './array-column.ts';
import {
  type ColumnDefinition,
  ColumnError,
  type ColumnKind,
  type ColumnOptions,
  type ValueForm,
} from './column.ts';
import { encodeJson, jsonText } from './json-text.ts';

/** PostgreSQL's range types by kind of bound; multirange types have the same names with `multirange`. */
const rangesOf: Partial<Record<ColumnKind, readonly string[]>> = {
  integer: ['int4range', 'int8range'],
  numeric: ['numrange'],
  date: ['daterange'],
  timestamp: ['tsrange'],
  timestamptz: ['tstzrange'],
  localTimestamptz: ['tstzrange'],
};

/**
 * Django: IntegerRangeField, BigIntegerRangeField, DecimalRangeField, DateRangeField, DateTimeRangeField.
 * `{"lower":1,"upper":10,"bounds":"[)"}` with bounds in the JSON form of their kind, null for an infinite bound;
 * `{"empty":true}`.
 */
export function range(bound: ColumnDefinition, options: ColumnOptions = {}): ColumnDefinition {
  return {
    kind: 'range',
    types: typesOf(bound),
    select: (quoted, form) =>
      `CASE WHEN ${quoted} IS NOT NULL THEN ${rangeSql(bound, quoted, form)}::text END`,
    toJson: (text, form) => jsonText(rangeJson(bound, parseJsonArray(text), form)),
    element: bound,
    ...options,
  };
}

/** A multirange of PostgreSQL 14 and later: a list of ranges. */
export function multirange(bound: ColumnDefinition, options: ColumnOptions = {}): ColumnDefinition {
  return {
    kind: 'multirange',
    types: typesOf(bound).map((type) => type.replace('range', 'multirange')),
    select: (quoted, form) => `CASE WHEN ${quoted} IS NOT NULL THEN (
    SELECT coalesce(json_agg(${rangeSql(bound, 'part', form)} ORDER BY at), '[]')
    FROM unnest(${quoted}) WITH ORDINALITY AS element(part, at)
  )::text END`,
    toJson(text, form) {
      const ranges = parseJsonArray(text).map((part) =>
        rangeJson(bound, Array.isArray(part) ? part : [], form),
      );
      return jsonText(`[${ranges.join(',')}]`);
    },
    element: bound,
    ...options,
  };
}

function typesOf({ kind }: ColumnDefinition): readonly string[] {
  const types = rangesOf[kind];
  if (types !== undefined) return types;
  const kinds = Object.keys(rangesOf).join(', ');
  throw new TypeError(`A range of ${kind} is not supported: its bound must be one of ${kinds}.`);
}

/** JSON: an empty array for an empty range, else its bounds as texts, and whether each is inclusive. */
const rangeSql = (bound: ColumnDefinition, range: string, form: ValueForm) =>
  `CASE WHEN isempty(${range}) THEN '[]'::json ELSE json_build_array(${[
    bound.select(`lower(${range})`, form),
    bound.select(`upper(${range})`, form),
    `CASE WHEN lower_inc(${range}) THEN '[' ELSE '(' END || CASE WHEN upper_inc(${range}) THEN ']' ELSE ')' END`,
  ].join(', ')}) END`;

function rangeJson(bound: ColumnDefinition, parts: unknown[], form: ValueForm): string {
  if (parts.length === 0) return '{"empty":true}';
  const [lower, upper, bounds] = parts.map(textOrNull);
  if (lower === undefined || upper === undefined || !bounds) throw new ColumnError('not a range');
  const [from, to] = [lower, upper].map((part) => encodeJson(partJson(bound, part, form)));
  return `{"lower":${from},"upper":${to},"bounds":"${bounds}"}`;
}
