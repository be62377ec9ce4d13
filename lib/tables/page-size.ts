import type { Table } from './table.ts';

/** Records of a page where neither the request nor the table says. */
const defaultPageSize = 1_000;

export const pageSizeOf = ({
  pageSize = defaultPageSize,
  maxPageSize,
}: Pick<Table, 'pageSize' | 'maxPageSize'>) => Math.min(pageSize, maxPageSize);
