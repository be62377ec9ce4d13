import { expect, test } from '@jest/globals';
import { partsAtStart } from '../build.ts';

const file = (
  inputs: Record<string, number>,
  imports: [path: string, kind: 'import-statement' | 'dynamic-import'][] = [],
) => ({
  ...{ bytes: 0, exports: [] },
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, bytesInOutput]) => [name, { bytesInOutput }]),
  ),
  imports: imports.map(([path, kind]) => ({ path, kind })),
});

test('a start loads the entry and what it imports statically, and nothing that waits for its first use', () => {
  const outputs = {
    'list.mjs': {
      ...file({ 'functions/list.ts': 5, 'lib/http/api.ts': 7 }, [
        ['shared.mjs', 'import-statement'],
        ['later.mjs', 'dynamic-import'],
      ]),
      entryPoint: 'functions/list.ts',
    },
    'shared.mjs': file({ 'node_modules/@middy/core/index.js': 30, 'lib/http/reply.ts': 4 }),
    'later.mjs': { ...file({ 'functions/origin.ts': 900 }), entryPoint: 'functions/origin.ts' },
  };
  expect(partsAtStart({ outputs }, 'functions/list.ts')).toEqual([
    { name: '@middy/core', bytes: 30 },
    { name: 'lib/http', bytes: 11 },
    { name: 'functions', bytes: 5 },
  ]);
});
