import { columnsOf, valueAt } from '../query/chunk-columns.ts';
import { evaluate, type Row, type Selected, type Selection } from '../query/evaluate.ts';
import type { OrderBy } from '../query/order.ts';
import { keyValue, type Paging } from '../query/paging.ts';
import type { Query } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { tableColumnsOf } from '../query/table-columns.ts';
import type { Served } from '../reading/served.ts';

/** The records of a page, and its place among the records that match. */
export interface Part extends Selected {
  paging: Paging;
  orderBy: readonly OrderBy[];
  /** The page's number, from 1; 1 for paging without numbers. */
  page: number;
}

/** @throws QueryError for a page that does not exist */
export function partOf(served: Served, { query, paging }: { query: Query; paging: Paging }): Part {
  const { table, runs, memory } = served;
  const columns = tableColumnsOf(memory, table, runs);
  const { filter, orderBy } = query;
  const select = (part: Partial<Selection>) =>
    evaluate(columns, { filter, orderBy, offset: 0, limit: undefined, after: undefined, ...part });
  const of = (selected: Selected, page = 1): Part => ({ ...selected, paging, orderBy, page });
  switch (paging.by) {
    case 'all':
      return of(select({}));
    case 'after': {
      const { limit, after } = paging;
      return of(select({ limit, after: after === undefined ? undefined : [keyValue(table, after)] }));
    }
    case 'offset':
      return of(select(paging));
    case 'page': {
      const { limit } = paging;
      const lastOf = ({ count }: Pick<Selected, 'count'>) => Math.max(1, Math.ceil(count / limit));
      const page = paging.page === 'last' ? lastOf(select({ limit: 0 })) : paging.page;
      const selected = select({ limit, offset: (page - 1) * limit });
      if (page > lastOf(selected))
        throw new QueryError(
          'page_invalid',
          `There is no page ${page} of ${limit} records: the last is ${lastOf(selected)}.`,
        );
      return of(selected, page);
    }
    case 'cursor': {
      const { limit, cursor } = paging;
      if (cursor === undefined || !cursor.backwards) return of(select({ limit, after: cursor?.values }));
      const reversed = orderBy.map(({ field, descending }) => ({ field, descending: !descending }));
      const selected = select({ limit, after: cursor.values, orderBy: reversed });
      return of({ ...selected, rows: selected.rows.toReversed() });
    }
  }
}

/** A record's values of the fields that order the list. */
export function valuesOf({ memory, table }: Served, { orderBy }: Part, { run, row }: Row) {
  const columns = columnsOf(memory, table)(run).columns(orderBy.map(({ field }) => field));
  return columns.map((column) => valueAt(column, row));
}

/** Puts commas between the texts. */
export const joined = (texts: readonly Buffer[]) =>
  texts.flatMap((text, at) => (at === 0 ? [text] : [comma, text]));
const comma = Buffer.from(',');
