import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { parameters } from '../../deploy/parameters.ts';

const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');

test('every npm command of the runbook is a script of package.json', async () => {
  const runbook = await read('docs/operations.md');
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await read('package.json')));
  const named = [...runbook.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test('every command of sls in the runbook names its stage', async () => {
  const runbook = await read('docs/operations.md');
  const commands = [...runbook.matchAll(/npx sls (?!deploy list`)[^`\n&]+/g)].map(([command]) => command);
  expect(commands.length).toBeGreaterThan(6);
  expect(commands.filter((command) => !command.includes('--stage prod'))).toEqual([]);
});

test('every parameter that the runbook sets exists', async () => {
  const runbook = await read('docs/operations.md');
  const set = [...runbook.matchAll(/--param (\w+)=|`(\w+(?:Arn|Concurrency|Rate|Burst|Url|Ms))`/g)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  const facts = [
    'durationMs',
    'ageMs',
    'refreshMs',
    'lagMs',
    'runbookUrl',
    'FailedEventsUrl',
    'RefreshFunctionArn',
    'name',
  ];
  expect(set.filter((name) => !Object.hasOwn(parameters, name) && !facts.includes(name))).toEqual([]);
});
