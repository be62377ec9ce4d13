import { type ColumnDefinition, ColumnError, type ColumnOptions } from './column.ts';
import { encodeJson, type Json, jsonText } from './json-text.ts';

/**
 * Django: ArrayField. Each value has its own depth, so an ArrayField of ArrayFields is `array()` of the innermost
 * type. A NULL element is null. Each element is read like a column of its kind, which avoids array quoting and its
 * settings.
 * @throws TypeError for an array of arrays.
 */
export function array(element: ColumnDefinition, options: ColumnOptions = {}): ColumnDefinition {
  if (element.kind === 'array')
    throw new TypeError(
      'An array has the depth of its value: give array() what the innermost array holds, such as array(integer()).',
    );
  return {
    kind: 'array',
    types: element.types.map((type) => `${type}[]`),
    select: (quoted, form) => `CASE WHEN ${quoted} IS NOT NULL THEN json_build_array(array_dims(${quoted}), (
    SELECT json_agg(${element.select('item', form)} ORDER BY at)
    FROM unnest(${quoted}) WITH ORDINALITY AS element(item, at)
  ))::text END`,
    toJson(text, form) {
      const { dimensions, items } = parseArray(text);
      const forms = items.map((item) => encodeJson(partJson(element, item, form)));
      return jsonText(nestedJson(forms, dimensions));
    },
    element,
    ...options,
  };
}

/** The JSON form of an array element or range bound, which is read like a column. */
export function partJson(
  definition: ColumnDefinition,
  part: string | null,
  form: Parameters<ColumnDefinition['toJson']>[1],
): Json {
  if (part === null) return null;
  try {
    return definition.toJson(part, form);
  } catch (error) {
    throw error instanceof ColumnError ? new ColumnError(`an element is ${error.message}`) : error;
  }
}

/** Parses a text from `json_build_array`; any other text is a fault of the statement. */
export function parseJsonArray(text: string): unknown[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new ColumnError('not an array');
  return parsed;
}

export function textOrNull(item: unknown): string | null {
  if (item === null || typeof item === 'string') return item;
  throw new ColumnError('not an array of texts');
}

/** PostgreSQL writes dimensions as `[1:2][0:3]`, with the first and last index of each; NULL for `{}`. */
function parseArray(text: string): { dimensions: number[]; items: (string | null)[] } {
  const [dimensions, items] = parseJsonArray(text);
  const ranges = (textOrNull(dimensions ?? null) ?? '').matchAll(/\[(-?\d+):(-?\d+)\]/g);
  return {
    dimensions: Array.from(ranges, ([, first, last]) => Number(last) - Number(first) + 1),
    items: Array.isArray(items) ? items.map(textOrNull) : [],
  };
}

/** @param items JSON texts, as many as the dimensions have elements */
function nestedJson(items: readonly string[], dimensions: readonly number[]): string {
  const [length, ...inner] = dimensions;
  if (length === undefined) return items[0] ?? '[]';
  const size = items.length / length;
  const parts = Array.from({ length }, (_, at) => nestedJson(items.slice(at * size, (at + 1) * size), inner));
  return `[${parts.join(',')}]`;
}
