import { expect, test } from '@jest/globals';
import { partsOf } from '../../bench/lambda/bundle-parts.ts';

test('a part of the bundle runs at load, or when something first needs it', async () => {
  const parts = await partsOf('functions/list.ts');
  const partOf = (name: string) => parts.find((part) => part.name === name);
  expect(partOf('lib/http')?.bytes).toBeGreaterThan(0);
  expect(partOf('zod')?.bytes).toBeGreaterThan(0);
  expect(partOf('@aws-sdk/client-rds-data')?.bytes).toBe(0);
  expect(partOf('@aws-sdk/client-rds-data')?.laterBytes).toBeGreaterThan(0);
});

test('a package alone is what is imported of it', async () => {
  const parts = await partsOf('functions/list.ts');
  const sourceOf = (name: string) => parts.find((part) => part.name === name)?.source;
  expect(sourceOf('@middy/core')).toBe("export { default } from '@middy/core';");
  expect(sourceOf('zod')).toMatch(/^export \{ .*\bobject\b.* \} from 'zod\/mini';$/);
});
