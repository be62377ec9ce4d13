import { ColumnError } from './column.ts';

/**
 * An array's text: its dimensions, and the texts of all its elements in one row. Each element is read as a column of
 * its kind is, so that no setting of the database and no quoting of arrays comes between.
 */
export const arraySql = (selectElement: (column: string) => string) => (column: string) =>
  `CASE WHEN ${column} IS NOT NULL THEN json_build_array(array_dims(${column}), (
    SELECT json_agg(${selectElement('item')} ORDER BY at) FROM unnest(${column}) WITH ORDINALITY AS element(item, at)
  ))::text END`;

/** PostgreSQL writes dimensions as `[1:2][0:3]`, with the first and the last index of each, and those of `{}` as NULL. */
export function parseArray(text: string): { dimensions: number[]; items: (string | null)[] } {
  const parsed: unknown = JSON.parse(text);
  const [dimensions, items]: unknown[] = Array.isArray(parsed) ? parsed : [];
  const ranges = (typeof dimensions === 'string' ? dimensions : '').matchAll(/\[(-?\d+):(-?\d+)\]/g);
  return {
    dimensions: Array.from(ranges, ([, first, last]) => Number(last) - Number(first) + 1),
    items: Array.isArray(items) ? items.map(textOrNull) : [],
  };
}

/** @param items JSON texts, as many as the dimensions have places */
export function nestedJson(items: readonly string[], dimensions: readonly number[]): string {
  const [length, ...inner] = dimensions;
  if (length === undefined) return items[0] ?? '[]';
  const size = items.length / length;
  const parts = Array.from({ length }, (_, at) => nestedJson(items.slice(at * size, (at + 1) * size), inner));
  return `[${parts.join(',')}]`;
}

function textOrNull(item: unknown): string | null {
  if (item === null || typeof item === 'string') return item;
  throw new ColumnError('not an array');
}
