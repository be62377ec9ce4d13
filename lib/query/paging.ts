import { keysOf } from '../tables/key.ts';
import { pageSizeOf } from '../tables/page-size.ts';
import type { Table } from '../tables/table.ts';
import { toNumber, type Value } from './compare.ts';
import { type Cursor, parseCursor } from './cursor.ts';
import type { OrderBy } from './order.ts';
import { QueryError } from './query-error.ts';

/** Which part of the matching records is selected. */
export type Paging =
  | { by: 'all' }
  | { by: 'after'; limit: number; after: string | undefined }
  | { by: 'cursor'; limit: number; cursor: Cursor | undefined }
  | { by: 'offset'; limit: number; offset: number }
  | { by: 'page'; limit: number; page: number | 'last' };

type Parameters = ReadonlyMap<string, string>;

/**
 * @param isByKey whether the order is the key's.
 * @throws QueryError
 */
export function pagingOf(
  table: Table,
  parameters: Parameters,
  orderBy: readonly OrderBy[],
  { isByKey }: { isByKey: boolean },
): Paging {
  const given = (...names: string[]) => names.filter((name) => parameters.has(name));
  const ambiguous = (names: string[], why: string) =>
    new QueryError('paging_ambiguous', `Send one of ${names.join(' and ')}: ${why}.`);
  const places = given('after', 'offset', 'page', 'cursor');
  if (places.length > 1) throw ambiguous(places, 'each says where a page begins');
  const [by] = places;
  const [numbered, other] = [given('page', 'page_size'), given('limit', 'after', 'offset', 'cursor')];
  if (numbered.length > 0 && other.length > 0)
    throw ambiguous(
      [...numbered.slice(0, 1), ...other.slice(0, 1)],
      'page goes with page_size, and limit with after, offset or cursor',
    );
  const limit = numberOf(parameters, numbered.length > 0 ? 'page_size' : 'limit', {
    from: 1,
    to: table.maxPageSize,
  });
  const size = limit ?? pageSizeOf(table);
  switch (by) {
    case 'offset':
      return { by, limit: size, offset: numberOf(parameters, 'offset', { from: 0, to: 1e9 }) ?? 0 };
    case 'page': {
      const page =
        parameters.get('page') === 'last' ? 'last' : numberOf(parameters, 'page', { from: 1, to: 1e9 });
      return { by, limit: size, page: page ?? 1 };
    }
    case 'cursor': {
      const text = parameters.get('cursor') ?? '';
      return { by, limit: size, cursor: text === '' ? undefined : parseCursor(text, orderBy) };
    }
    case 'after': {
      const after = keysOf(table.key.order).parse(parameters.get('after') ?? '');
      if (after === undefined)
        throw new QueryError('after_invalid', 'after must be the `after` value of the previous page’s Link.');
      if (!isByKey)
        throw new QueryError(
          'after_invalid',
          `after goes by ${table.key.name}: under another ordering send cursor.`,
        );
      return { by, limit: size, after };
    }
    default: {
      if (numbered.length > 0) return { by: 'page', limit: size, page: 1 };
      if (limit === undefined && table.pageSize === undefined) return { by: 'all' };
      return isByKey
        ? { by: 'after', limit: size, after: undefined }
        : { by: 'cursor', limit: size, cursor: undefined };
    }
  }
}

function numberOf(parameters: Parameters, name: string, { from, to }: { from: number; to: number }) {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (number < from || number > to)
    throw new QueryError(`${name}_invalid`, `${name} must be a whole number from ${from} to ${to}.`);
  return number;
}

/**
 * Like DRF's LimitOffsetPagination if `limit` or `offset` is present, else like its PageNumberPagination: an invalid
 * size becomes the table's page size, and a size above the maximum becomes the maximum.
 * @returns undefined for an invalid page
 */
export function drfPagingOf(
  table: Pick<Table, 'pageSize' | 'maxPageSize'>,
  parameters: Parameters,
): Extract<Paging, { by: 'offset' | 'page' }> | undefined {
  const sizeOf = (name: string) =>
    Math.min(positive(parameters.get(name)) || pageSizeOf(table), table.maxPageSize);
  if (parameters.has('limit') || parameters.has('offset'))
    return { by: 'offset', limit: sizeOf('limit'), offset: positive(parameters.get('offset')) };
  const text = parameters.get('page') ?? '1';
  if (text === 'last') return { by: 'page', limit: sizeOf('page_size'), page: text };
  const page = positive(text);
  return page === 0 ? undefined : { by: 'page', limit: sizeOf('page_size'), page };
}

/** Like Python's `int()`; 0 for an invalid number. */
const positive = (text = '') => (/^\s*\+?\d{1,15}\s*$/.test(text) ? Number(text) : 0);

/** A key as a value of the order. */
export const keyValue = ({ key }: Pick<Table, 'key'>, text: string): Value =>
  key.order.type === 'bigint' ? toNumber(text) : text;
