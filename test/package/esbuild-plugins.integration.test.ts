import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundle } from '../support/bundle.ts';
import { createTestFolder } from '../support/stack.ts';

const files = {
  'fault.ts': 'export class Fault extends Error {}',
  'key.ts': 'export const key = 1;',
  'page.ts':
    "import { Fault } from './fault.ts'; import { key } from './key.ts'; export const page = [Fault, key];",
  'origin.ts': "import { Fault } from './fault.ts'; export const fail = () => { throw new Fault(); };",
  'list.ts': `
    import { Fault } from './fault.ts';
    import { key } from './key.ts';
    export const handler = async () => {
      const { fail } = await import('./origin.ts');
      const { page } = await import('./page.ts');
      try { fail(); } catch (error) { return [error instanceof Fault, page[0] === Fault, key]; }
    };`,
};

test('a function’s start is one file besides the function’s own, and shares its modules with what is imported on demand', async () => {
  const { dir, remove } = await createTestFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const { outputs } = await bundle(join(dir, 'list.ts'), { outdir: join(dir, 'out'), root: dir });
  const { 'out/list.mjs': entry } = outputs;
  const atStart = entry?.imports.filter(({ kind }) => kind === 'import-statement') ?? [];
  expect(atStart).toHaveLength(1);
  const [start] = atStart;
  const further = outputs[start?.path ?? '']?.imports ?? [];
  expect(further.map(({ kind }) => kind)).toEqual(['dynamic-import', 'dynamic-import']);
  const { handler } = await import(join(dir, 'out/list.mjs'));
  expect(await handler()).toEqual([true, true, 1]);
  await remove();
});
