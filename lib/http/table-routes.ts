import type { Table } from '../tables/table.ts';
import type { ChangesEndpointDeps } from './changes-endpoint.ts';
import { type Endpoint, type Route, readMethods } from './endpoint.ts';
import { listEndpoint } from './list-endpoint.ts';
import { recordEndpoint } from './record-endpoint.ts';

/** The routes of every table: `/topics/`, `/topics/{key}/` and `/changes/topics/`. */
export const tableRoutes = (tables: readonly Table[], deps: Omit<ChangesEndpointDeps, 'table'>): Route[] =>
  tables.flatMap((table) => [
    { path: `/${table.name}/`, endpoint: listEndpoint({ table, ...deps }) },
    { path: `/changes/${table.name}/`, endpoint: changesAtFirstNeed({ table, ...deps }) },
    { path: `/${table.name}/{key}/`, endpoint: recordEndpoint({ table, ...deps }) },
  ]);

/** Loads the endpoint at its first request, which keeps a container's start short. */
function changesAtFirstNeed(deps: ChangesEndpointDeps): Endpoint {
  let loaded: Promise<Endpoint> | undefined;
  return {
    methods: readMethods,
    async answer(request, call) {
      loaded ??= import('./changes-endpoint.ts').then(({ changesEndpoint }) => changesEndpoint(deps));
      return (await loaded).answer(request, call);
    },
  };
}
