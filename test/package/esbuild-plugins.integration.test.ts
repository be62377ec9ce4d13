import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundle } from '../support/bundle.ts';
import { createTestFolder } from '../support/stack.ts';

const files = {
  'node_modules/client/package.json': '{"type":"module"}',
  'node_modules/client/index.js': `
    import { format } from 'node:util';
    export const told = async () => format('%s', (await import('parser')).default(1));`,
  'node_modules/parser/package.json': '{"type":"module"}',
  'node_modules/parser/index.js':
    "import { format } from 'node:util'; export default (one) => format('%s', one);",
  'fault.ts':
    "import { format } from 'node:util'; export class Fault extends Error { text = format('%s', 1); }",
  'key.ts': 'export const key = 1;',
  'page.ts':
    "import { Fault } from './fault.ts'; import { key } from './key.ts'; export const page = [Fault, key];",
  'origin.ts': `
    import { told } from 'client';
    import { Fault } from './fault.ts';
    export const fail = async () => { await told(); throw new Fault(); };`,
  'list.ts': `
    import { Fault } from './fault.ts';
    import { key } from './key.ts';
    export const handler = async () => {
      const { fail } = await import('./origin.ts');
      const { page } = await import('./page.ts');
      try { await fail(); } catch (error) { return [error instanceof Fault, page[0] === Fault, key]; }
    };`,
};

test('a function’s start is one file besides the function’s own, and shares its modules with what it and packages import on demand', async () => {
  const { dir, remove } = await createTestFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
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
