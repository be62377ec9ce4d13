import { writeFile } from 'node:fs/promises';
import { openApiTypes } from '../../client/types.ts';
import { openApiDocument } from '../../lib/http/openapi.ts';
import { topics } from '../../test/support/tables/topics.ts';
import { startCommand } from '../start-command.ts';
import { apiDocument } from './document.ts';

startCommand(
  'Usage: npm run api\n\nWrite docs/api.md and client/openapi-types.ts, from the OpenAPI document of the tests’ table.',
);
await writeFile(new URL('../../docs/api.md', import.meta.url), apiDocument([topics]));
await writeFile(
  new URL('../../client/openapi-types.ts', import.meta.url),
  await openApiTypes(openApiDocument({ tables: [topics], serverUrl: '/' })),
);
