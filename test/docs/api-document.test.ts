import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { apiDocument } from '../../scripts/api/document.ts';
import { topics } from '../support/tables/topics.ts';

test('docs/api.md has the API’s description (npm run api)', async () => {
  const written = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  expect(written).toBe(apiDocument([topics]));
});

test('it names every parameter, code and header', () => {
  const text = apiDocument([topics]);
  for (const name of ['`since`, required', '`Transaction-Id`', '`delta_too_large`', '`Snapshot-Version`'])
    expect(text).toContain(name);
});
