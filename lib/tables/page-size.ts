import type { Table } from './table.ts';

/** The page size if neither the request nor the table sets one. */
const defaultPageSize = 1_000;

export const pageSizeOf = ({
  pageSize = defaultPageSize,
  maxPageSize,
}: Pick<Table, 'pageSize' | 'maxPageSize'>) => Math.min(pageSize, maxPageSize);
