import * as z from 'zod/mini';
import { toDecimal, toNumber, type Value } from './compare.ts';
import type { OrderBy } from './order.ts';
import { QueryError } from './query-error.ts';

/** The start of a page under an order: after, or before, the record with these values. */
export interface Cursor {
  values: readonly Value[];
  backwards: boolean;
}

/** A number is wrapped in an object, to tell it from a text of digits. */
const Written = z.union([z.null(), z.string(), z.boolean(), z.object({ n: z.string() })]);
const WrittenCursor = z.tuple([z.string(), z.boolean(), z.array(Written)]);

const nameOf = (orderBy: readonly OrderBy[]) =>
  orderBy.map(({ field, descending }) => `${descending ? '-' : ''}${field.name}`).join(',');

/** Opaque to clients; short enough for a URL unless a text is long. */
export function writeCursor({ values, backwards }: Cursor, orderBy: readonly OrderBy[]): string {
  const written = values.map((value) =>
    typeof value === 'number' || (typeof value === 'object' && value !== null)
      ? { n: toDecimal(value) }
      : value,
  );
  const cursor: z.output<typeof WrittenCursor> = [nameOf(orderBy), backwards, written];
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws QueryError for a cursor that is damaged, or belongs to another order */
export function parseCursor(text: string, orderBy: readonly OrderBy[]): Cursor {
  const { data } = z.safeParse(WrittenCursor, parsedJson(Buffer.from(text, 'base64url').toString()));
  const [name, backwards = false, written = []] = data ?? [];
  const isOfKind = written.every((value, at) => value === null || kindOf(value) === kindOfField(orderBy[at]));
  if (name !== nameOf(orderBy) || written.length !== orderBy.length || !isOfKind)
    throw new QueryError(
      'cursor_invalid',
      'cursor must be the `cursor` value of another page’s Link, under the same ordering.',
    );
  const values = written.map(
    (value): Value => (typeof value === 'object' && value !== null ? toNumber(value.n) : value),
  );
  return { values, backwards };
}

const kindOf = (value: NonNullable<z.output<typeof Written>>) =>
  typeof value === 'object' ? 'number' : typeof value;

function kindOfField(orderBy: OrderBy | undefined) {
  const family = orderBy?.field.family;
  if (family === 'number' || family === 'duration') return 'number';
  return family === 'boolean' ? 'boolean' : 'string';
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
