import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as z from 'zod';

const root = new URL('../../', import.meta.url);
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));
/** The project's programs, by their npm script. */
const programs = Object.entries(scripts).flatMap(([name, script]) => {
  const [, args] = /^(?:exec )?node (.*)$/.exec(script) ?? [];
  return args === undefined ? [] : [{ name, args: args.split(' ') }];
});

async function run(args: string[]) {
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(root),
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const [code] = await once(child, 'close');
  return { code, ...output };
}

test('package.json has scripts that run a program of this repository', () => {
  expect(programs.length).toBeGreaterThan(10);
});

test.each(programs)('npm run $name -- --help prints its usage and exits with 0', async ({ name, args }) => {
  expect(await run([...args, '--help'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^Usage: .*${name}`, 's')),
    stderr: '',
  });
});

test('a program exits with 0 and no error output when its reader closes the pipe, as head does', async () => {
  const start = new URL('scripts/start-command.ts', root);
  const program = `import { startCommand } from '${start}'; startCommand('');
    for (;;) {
      console.log('a line');
      await new Promise(setImmediate);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
});
