import { createDataApiServer, type DataApiServerOptions } from './data-api/create-data-api-server.ts';

/** The Data API as a part of the stack. */
export async function startDataApi(options: DataApiServerOptions) {
  const server = await createDataApiServer(options);
  return { url: server.url, stop: () => server.close() };
}
