import type { Table } from '../tables/table.ts';
import type { Route } from './endpoint.ts';
import { listEndpoint, type TableEndpointDeps } from './list-endpoint.ts';
import { recordEndpoint } from './record-endpoint.ts';

/** `/topics/` and `/topics/{key}/`, of every table. */
export const tableRoutes = (tables: readonly Table[], deps: Omit<TableEndpointDeps, 'table'>): Route[] =>
  tables.flatMap((table) => [
    { path: `/${table.name}/`, endpoint: listEndpoint({ table, ...deps }) },
    { path: `/${table.name}/{key}/`, endpoint: recordEndpoint({ table, ...deps }) },
  ]);
