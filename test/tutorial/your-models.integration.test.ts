/** Runs the commands, files and answers of docs/your-models.md, from the first block to the last, in a temporary folder. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { portVariables } from '../../local/settings.ts';
import { findPython } from '../django/python.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { writeDefaultTables } from '../support/default-tables.ts';
import { createTestFolder } from '../support/stack.ts';
import { type Block, blocksOf, shownBy, shows } from './blocks.ts';
import { createShell } from './shell.ts';

jest.setTimeout(120_000); // starts a stack

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = blocksOf(await readFile(join(root, 'docs/your-models.md'), 'utf8'));
const python = await findPython();
if ('missing' in python) console.warn(`docs/your-models.md was not tried: ${python.missing}.`);
const describeWithPython = 'python' in python ? describe : describe.skip;

let folder: Awaited<ReturnType<typeof createTestFolder>>;
let database: TestDatabase;
let shell: ReturnType<typeof createShell>;
/** Of the stack that runs in the background. */
let apiUrl = '';

beforeAll(async () => {
  folder = await createTestFolder();
  database = await createTestDatabase();
  await cloneTo(join(folder.dir, 'offload'));
  const bin = join(folder.dir, 'bin');
  await mkdir(bin);
  if ('python' in python) await symlink(python.python, join(bin, 'python3'));
  // Removes curl's progress, and adds the missing newline after an answer.
  await writeFile(join(folder.dir, '.curlrc'), 'silent\nwrite-out = "\\n"\n');
  const ports = Object.fromEntries(Object.values(portVariables).map((name) => [name, '0'])); // any free one
  shell = createShell(folder.dir, { ...ports, CURL_HOME: folder.dir, PATH: `${bin}:${process.env['PATH']}` });
});

afterAll(async () => {
  await shell.stop();
  await database.pool.query('DROP OWNED BY offload_reader; DROP ROLE offload_reader').catch(() => {});
  await database.drop();
  await folder.remove();
});

/** A copy of the files in git, like a clone, with the installed packages. */
async function cloneTo(target: string) {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  const isCloned = (path: string) => !/^(test|bench|tables)\/|^$/.test(path) && existsSync(join(root, path));
  for (const path of stdout.split('\0').filter(isCloned)) await cp(join(root, path), join(target, path));
  await writeDefaultTables(target);
  await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
}

/** Replaces the document's database and port by the test's. */
const here = (text: string) =>
  text
    .replaceAll(/postgres:\/\/postgres:postgres@127\.0\.0\.1:5432\/mysite/g, database.url)
    .replaceAll('http://127.0.0.1:3000', apiUrl);

/** The longest lag of a list behind a write, on a busy machine. */
const patienceMs = 20_000;

async function follow(block: Block) {
  const { language, argument, text } = block;
  if (argument === 'background')
    apiUrl = await shell.runInBackground(text, join(folder.dir, 'offload'), /(?<=\nready: open )\S+(?=\/ )/);
  else if (language === 'sh') await runShell(block);
  else if (language === 'sql') await database.pool.query(text);
  else if (language === 'ts') await writeTable(join(folder.dir, argument), text);
  else {
    const path = join(folder.dir, argument);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** Repeats a block of reads until its output matches, because a change takes time to arrive. */
async function runShell(block: Block) {
  const isRepeatable = block.text.split('\n').every((line) => /^(curl .*|# .*|)$/.test(line));
  for (const startMs = Date.now(); ; await sleep(200)) {
    const output = await shell.run(here(block.text));
    const missing = shownBy(block).filter((line) => !shows(output, line));
    if (missing.length === 0) return;
    if (!isRepeatable || Date.now() - startMs > patienceMs)
      expect({ line: block.line, output }).toEqual({ line: block.line, output: missing.join('\n') });
  }
}

/** The text below the generated block of a table's file. */
async function writeTable(path: string, definition: string) {
  const file = await readFile(path, 'utf8');
  const begin = /^export const \w+ = defineTable/m.exec(file)?.index;
  if (begin === undefined) throw new Error(`${path} defines no table`);
  await writeFile(path, file.slice(0, begin) + definition);
}

test('the document has blocks of each kind, and no other', () => {
  expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual([
    'python',
    'sh',
    'sql',
    'ts',
    'yaml',
  ]);
});

describeWithPython('docs/your-models.md', () => {
  let isBroken = false;
  const startMs = Date.now();
  test.each(blocks.map((block) => ({ ...block, first: block.text.split('\n')[0] })))(
    'line $line: $language $argument $first',
    async (block) => {
      if (isBroken) throw new Error('a block before this failed');
      isBroken = true;
      await follow(block);
      isBroken = false;
    },
  );

  test('takes less than ten minutes', () => {
    expect(Date.now() - startMs).toBeLessThan(600_000);
  });

  test('its parameters are enough to package the service', async () => {
    const output = await shell.run('cd ../offload && npx sls package --stage prod 2>&1');
    expect(output).toContain('Service packaged');
  });
});
