import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { help } from '../../../local/data-api/command-line.ts';
import { sourceFiles } from '../../support/source-files.ts';

const Versions = z.record(z.string(), z.string());
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions });
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const manifest = Manifest.parse(JSON.parse(read('local/data-api/package.json')));

test('the endpoint imports its own files, Node.js and its dependencies only', () => {
  const allowed = new RegExp(
    `^(local/data-api/[^/]+\\.ts|node:.*|${Object.keys(manifest.dependencies).join('|')})$`,
  );
  const imports = sourceFiles('local/data-api').flatMap((file) => file.imports.map(({ target }) => target));
  expect(imports.length).toBeGreaterThan(50);
  expect(imports.filter((target) => !allowed.test(target))).toEqual([]);
});

test('its dependencies have the versions of the project', () => {
  const root = Manifest.parse(JSON.parse(read('package.json')));
  const versions = { ...root.dependencies, ...root.devDependencies };
  expect(versions).toMatchObject({ ...manifest.dependencies, ...manifest.devDependencies });
});

test('its README describes every option of the command line', () => {
  const options = help.match(/--[a-z-]+/g) ?? [];
  expect(options.length).toBeGreaterThan(10);
  const readme = read('local/data-api/README.md');
  expect(options.filter((option) => !readme.includes(option))).toEqual([]);
});
