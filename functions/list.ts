import './list-start.ts'; // before the others, which are evaluated while the pointer is on its way

import { api } from '../lib/http/api.ts';
import { tableRoutes } from '../lib/http/table-routes.ts';
import { sent, wired } from './list-start.ts';
import { wireReader } from './reader.ts';

const { config, reader, tables, ...deps } = wireReader(wired);
const { basePath, cacheControl, corsOrigins, historyForS, publicUrl } = config;
const { nowMs, log } = deps;

/** Serves the lists, records and changes of every table. */
export const handler = api(
  tableRoutes(tables, { reader, cacheControl, historyForS, publicUrl, nowMs, note: log.note }),
  { basePath, corsOrigins, isPrivate: cacheControl.scope === 'private', ...deps },
);

// In the init phase, which has more CPU than a request: the reader takes the pointer, and requests the chunks of small
// tables. What is imported on demand imports this file too, so nothing of that may be awaited here.
await reader.start(tables, sent);
