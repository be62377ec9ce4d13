import type { Table } from '../tables/table.ts';
import { type ChangesEndpointDeps, changesEndpoint } from './changes-endpoint.ts';
import type { Route } from './endpoint.ts';
import { listEndpoint } from './list-endpoint.ts';
import { recordEndpoint } from './record-endpoint.ts';

/** The routes of every table: `/topics/`, `/topics/{key}/` and `/changes/topics/`. */
export const tableRoutes = (tables: readonly Table[], deps: Omit<ChangesEndpointDeps, 'table'>): Route[] =>
  tables.flatMap((table) => [
    { path: `/${table.name}/`, endpoint: listEndpoint({ table, ...deps }) },
    { path: `/changes/${table.name}/`, endpoint: changesEndpoint({ table, ...deps }) },
    { path: `/${table.name}/{key}/`, endpoint: recordEndpoint({ table, ...deps }) },
  ]);
