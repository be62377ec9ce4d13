import { expect, test } from '@jest/globals';
import { bytesAtStart } from '../build.ts';

test('a start loads the entry and its static imports, and leaves dynamic imports out', () => {
  const file = (bytes: number, imports: [path: string, kind: 'import-statement' | 'dynamic-import'][]) => ({
    ...{ bytes, inputs: {}, exports: [] },
    imports: imports.map(([path, kind]) => ({ path, kind })),
  });
  const shared = file(30, [['list.mjs', 'import-statement']]);
  const list = file(5, [
    ['shared.mjs', 'import-statement'],
    ['later.mjs', 'dynamic-import'],
  ]);
  const outputs = {
    'list.mjs': { ...list, entryPoint: 'functions/list.ts' },
    'shared.mjs': shared,
    'later.mjs': file(900, []),
  };
  expect(bytesAtStart({ outputs }, 'functions/list.ts')).toBe(35);
});
