import { expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { tables } from '../support/tables/dataset.ts';
import { createDescription } from './described.ts';
import { several } from './described-tables.ts';

test.each([
  ['of one table', tables, {}],
  ['of tables with every kind of column', several, {}],
  ['of private lists', tables, { isPrivate: true }],
])('the description %s passes the linter', async (_, dataset, options) => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // The slash is Django's, and part of the address.
    rules: { 'no-path-trailing-slash': 'off' },
  });
  const source = JSON.stringify(createDescription(dataset, options).document);
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});
