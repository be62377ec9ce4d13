import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { openApiTypes } from '../../client/types.ts';
import { openApiDocument } from '../../lib/http/openapi.ts';
import { topics } from '../support/tables/topics.ts';

test('client/openapi-types.ts has the output of openapi-typescript for the description (npm run api)', async () => {
  const written = await readFile(new URL('../../client/openapi-types.ts', import.meta.url), 'utf8');
  expect(written).toBe(await openApiTypes(openApiDocument({ tables: [topics], serverUrl: '/' })));
});
