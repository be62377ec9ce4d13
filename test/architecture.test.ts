import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Import, importsOf, type SourceFile, sourceFiles } from './support/source-files.ts';

const lib = sourceFiles('lib');
const functions = sourceFiles('functions');
const local = sourceFiles('local');
const tests = sourceFiles('test');
const shipped = [...lib, ...functions];

/** The imports of these files that a rule forbids, as `file → target`. */
const offences = (files: readonly SourceFile[], isAllowed: (one: Import, file: SourceFile) => boolean) =>
  files.flatMap((file) =>
    file.imports
      .filter((one) => !isAllowed(one, file))
      .map(({ target, isType }) => `${file.path} → ${target}${isType ? ' (type)' : ''}`),
  );
const isWithin = (target: string, ...folders: string[]) =>
  folders.some((folder) => target.startsWith(`${folder}/`));
const isOurs = (target: string) => target.endsWith('.ts') && target.includes('/');
const inFolder = (folder: string) => lib.filter(({ path }) => isWithin(path, `lib/${folder}`));
/** The files directly in lib/, such as `lib/errors.ts`, which every folder may import. */
const isShared = (target: string) => /^lib\/[\w-]+\.ts$/.test(target);

test('functions import lib, the tables and the built pages', () => {
  expect(
    offences(
      functions,
      ({ target }) =>
        !isOurs(target) || isWithin(target, 'lib', 'functions', 'tables') || target === 'docs-site/pages.ts',
    ),
  ).toEqual([]);
});

test('lib imports only from lib', () => {
  expect(offences(lib, ({ target }) => !isOurs(target) || isWithin(target, 'lib'))).toEqual([]);
});

test('the machine’s own stand-ins import no function and no test', () => {
  expect(offences(local, ({ target }) => !isWithin(target, 'functions', 'test', 'bench'))).toEqual([]);
});

test('tests import nothing from tables/, which is the adopter’s', () => {
  expect(offences(tests, ({ target }) => !isWithin(target, 'tables'))).toEqual([]);
});

describe('inside of lib', () => {
  test.each<[folder: string, siblings: string[]]>([
    ['aws', []],
    ['data-api', []],
    ['tables', []],
    ['source', ['data-api', 'tables', 'snapshots']],
    ['snapshots', ['tables', 'source']],
    ['stores', ['aws', 'snapshots', 'tables']],
    ['publishing', ['source', 'stores', 'snapshots', 'tables', 'data-api']],
    ['reading', ['stores', 'snapshots', 'tables']],
    ['query', ['reading', 'snapshots', 'tables']],
  ])('%s imports %j and nothing above', (folder, siblings) => {
    const allowed = [folder, ...siblings].map((name) => `lib/${name}`);
    const isAllowed = ({ target }: Import) =>
      !isOurs(target) || isShared(target) || isWithin(target, ...allowed);
    expect(offences(inFolder(folder), isAllowed)).toEqual([]);
  });

  test.each<[folder: string, siblings: string[]]>([
    ['http', ['query', 'reading', 'snapshots', 'tables']],
    ['changes', []],
  ])('%s imports %j, and of its other siblings the types alone', (folder, siblings) => {
    const allowed = [folder, ...siblings].map((name) => `lib/${name}`);
    const isAllowed = ({ target, isType }: Import) =>
      !isOurs(target) || isShared(target) || isWithin(target, ...allowed) || isType;
    expect(offences(inFolder(folder), isAllowed)).toEqual([]);
  });

  test('there are no other folders', () => {
    const folders = new Set(lib.map(({ path }) => path.split('/').slice(1, -1).join('/')));
    expect([...folders].sort()).toEqual([
      '',
      'aws',
      'changes',
      'data-api',
      'http',
      'publishing',
      'query',
      'reading',
      'snapshots',
      'source',
      'stores',
      'stores/dynamodb',
      'stores/memory',
      'tables',
    ]);
  });

  test('files shared by all folders import none of them', () => {
    const shared = lib.filter(({ path }) => isShared(path));
    expect(offences(shared, ({ target }) => !isOurs(target) || isShared(target))).toEqual([]);
  });
});

describe('the world outside', () => {
  test('AWS’s SDK is used by functions and by the Data API’s client', () => {
    const isAllowed = ({ target, isType }: Import, { path }: SourceFile) =>
      !target.startsWith('@aws-sdk/') || isType || isWithin(path, 'functions', 'lib/data-api');
    expect(offences(shipped, isAllowed)).toEqual([]);
  });

  test('the environment is read in functions/wiring.ts', () => {
    const readers = shipped.filter(({ text }) => /\bprocess\.env\b/.test(text)).map(({ path }) => path);
    expect(readers).toEqual(['functions/wiring.ts']);
  });

  test('deployed code imports dependencies, not devDependencies', async () => {
    const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
    const names = Object.keys(manifest.dependencies);
    const isAllowed = ({ target, isType }: Import) =>
      isOurs(target) ||
      isType ||
      target.startsWith('node:') ||
      names.some((name) => target === name || target.startsWith(`${name}/`));
    expect(offences(shipped, isAllowed)).toEqual([]);
  });
});

describe('each file', () => {
  const all = [...shipped, ...local, ...tests];

  test('is named after its duty', () => {
    const names = all.map(({ path }) => path);
    expect(names.filter((path) => /(^|\/)(utils?|helpers?|index|common|misc)\.ts$/.test(path))).toEqual([]);
    expect(names.filter((path) => !/^[a-z\d]+([-.][a-z\d]+)*$/.test(basename(path)))).toEqual([]);
  });

  test('has types that hold', () => {
    const holes = /\bas any\b|[:<]\s*any\b|\bas unknown as\b|@ts-(ignore|nocheck)/;
    const isProse = (line: string) => /^\s*(\/?\*|\/\/)/.test(line);
    const others = all.filter(({ path }) => path !== 'test/architecture.test.ts');
    const found = others.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => holes.test(line) && !isProse(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  test('of deployed code has no cast but `as const`', () => {
    const found = shipped.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?!import).*\w\)? as (?!const\b)[A-Z{(].*$/gm)]
        .map(([line]) => line.trim())
        .filter((line) => !line.startsWith('*') && !line.startsWith('/'))
        .map((line) => `${path}: ${line}`),
    );
    expect(found).toEqual([]);
  });
});

test('an import is found however it is written', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from '../topics/b.ts';",
    "import {\n  c,\n  type D,\n} from './c.ts';",
    "export { e } from './e.ts';",
    "export type { F } from './f.ts';",
    "import './g.ts';",
    "const h = () => import('./h.ts');",
    "import * as z from 'zod/mini';",
  ].join('\n');
  expect(importsOf('lib/http/x.ts', text)).toEqual([
    { target: 'lib/http/a.ts', isType: false },
    { target: 'lib/topics/b.ts', isType: true },
    { target: 'lib/http/c.ts', isType: false },
    { target: 'lib/http/e.ts', isType: false },
    { target: 'lib/http/f.ts', isType: true },
    { target: 'lib/http/g.ts', isType: false },
    { target: 'zod/mini', isType: false },
    { target: 'lib/http/h.ts', isType: false },
  ]);
});
