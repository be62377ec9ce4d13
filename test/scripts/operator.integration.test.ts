import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localToken } from '../../local/settings.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';

/** The commands of docs/operations.md that work with the local stack. */
let stack: Awaited<ReturnType<typeof startTestStack>>;
beforeAll(async () => {
  stack = await startTestStack(await createTopicsDatabase('operator'));
  await mkdir(`${stack.dir}/.local`, { recursive: true });
  await writeFile(`${stack.dir}/.local/endpoints.json`, JSON.stringify(stack.endpoints));
}, 60_000);
afterAll(() => stack.stop());

const standIn = new URL('../support/tables/stand-in.ts', import.meta.url).href;

async function run(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../scripts/${script}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', standIn, file, ...args], {
    cwd: stack.dir,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  return { code, output };
}

test('npm run smoke checks each promise of a deployment, and prints the results', async () => {
  const { code, output } = await run(
    'smoke',
    '--url',
    stack.endpoints.api,
    '--token',
    localToken,
    '--burst',
    '20',
  );
  expect(output).not.toContain('FAILED');
  expect(output).toMatch(/ok {6}list, with the slash and without: version \d+, offload/);
  expect(output).toMatch(/ok {6}from an event to the list: version \d+ after \d+ ms/);
  expect(output).toMatch(/ok {6}the pages for browsers, and the description: .* OpenAPI 3\.1/);
  expect(output).toContain('20 requests at once: 0 got 429');
  expect(code).toBe(0);
}, 60_000);

test('npm run smoke fails at the check of an invalid token', async () => {
  const { code, output } = await run(
    'smoke',
    '--url',
    stack.endpoints.api,
    '--token',
    'not-a-token-of-anybody',
  );
  expect(output).toContain(
    'FAILED  from an event to the list: POST /refresh/ with an event: expected 204, got 401',
  );
  expect(code).toBe(1);
}, 60_000);

test('npm run status shows the local stack on one screen', async () => {
  const { code, output } = await run('status');
  expect(output).toMatch(/^local stack\nversion {3}\d+, published /);
  expect(output).toMatch(/topics: 1000 rows/);
  expect(output).toContain('requests  all served');
  expect(code).toBe(0);
}, 60_000);

test('npm run snapshots finds the local stack on any port', async () => {
  const { code, output } = await run('snapshots', 'list');
  expect(output).toMatch(/^\d+ {2}\S+ {2}topics 1000 {2}current {2}answered\n/);
  expect(code).toBe(0);
}, 60_000);
