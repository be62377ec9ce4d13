import { UnavailableError } from '../lib/errors.ts';
import { api } from '../lib/http/api.ts';
import { filesEndpoint } from '../lib/http/files-endpoint.ts';
import { homeEndpoint } from '../lib/http/home-endpoint.ts';
import { openApiEndpoint } from '../lib/http/openapi-endpoint.ts';
import { createReader } from '../lib/reading/reader.ts';
import { tables } from '../tables/index.ts';
import { wire } from './wiring.ts';

const { config, clock, shared, ...deps } = wire('docs');
const { basePath, cacheControl, corsOrigins, freshness, memoryBytes, publicUrl } = config;
const { nowMs, report } = deps;

/** The docs function only reads published generations; it has no database client. */
const refresher = () =>
  Promise.reject(
    new UnavailableError('nothing_published', 'No list is published yet.', { retryAfterMs: 2_000 }),
  );
/** Undefined if the lists are private, because these pages stay open: they then show neither counts nor versions. */
const reader =
  shared === undefined || cacheControl.scope === 'private'
    ? undefined
    : createReader({
        ...{ ...shared, refresher },
        ...{ freshness, memoryBytes, clock, report },
      });

const files = filesEndpoint(() => import('../docs-site/pages.ts').then(({ pages }) => pages));
const isPrivate = cacheControl.scope === 'private';
const serverUrl = publicUrl?.replace(/\/$/, '') ?? (basePath === '' ? '/' : basePath);

/** Serves `/`, `/docs/` and `/openapi.json`. */
export const handler = api(
  [
    { path: '/', endpoint: homeEndpoint({ tables, reader, nowMs, report }) },
    { path: '/openapi.json', endpoint: openApiEndpoint({ tables, serverUrl, isPrivate }) },
    { path: '/docs/', endpoint: files },
    { path: '/docs/{key}', endpoint: files },
  ],
  { basePath, corsOrigins, ...deps },
);
