import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const project = fileURLToPath(new URL('../..', import.meta.url));
const copied = [
  ...['client', 'database', 'deploy', 'events', 'functions', 'lib', 'local', 'scripts', 'tables', 'test'],
  ...['package.json', 'serverless.resources.yml'],
];
const timeLimitMs = 90_000;

/** A copy of the project, for mutants and their tests. */
export interface Sandbox {
  /** @throws if the text is not in the file exactly once. */
  replace(file: string, search: string, replacement: string): Promise<{ undo(): Promise<void> }>;
  /** @returns the titles of the failed tests, by test file. */
  failures(tests: readonly string[]): Promise<Map<string, string[]>>;
  remove(): Promise<void>;
}

export async function createSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
  const filter = (path: string) => !path.endsWith('/node_modules');
  for (const name of copied) await cp(join(project, name), join(folder, name), { recursive: true, filter });
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const output = join(folder, 'results.json');

  return {
    async replace(file, search, replacement) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      const [before, after, ...more] = text.split(search);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`${file} must contain this text exactly once: ${search}`);
      await writeFile(path, `${before}${replacement}${after}`);
      return { undo: () => writeFile(path, text) };
    },

    async failures(tests) {
      await rm(output, { force: true });
      const config = {
        rootDir: folder,
        transform: {},
        extensionsToTreatAsEsm: ['.ts'],
        testEnvironment: 'node',
        testMatch: tests.map((test) => `<rootDir>/${test}`),
      };
      await jest(folder, [
        '--config',
        JSON.stringify(config),
        '--runInBand',
        '--json',
        '--outputFile',
        output,
      ]);
      const text = await readFile(output, 'utf8').catch(() => undefined);
      if (text === undefined) return new Map(tests.map((test) => [test, ['(the test run did not end)']]));
      const results = Results.parse(JSON.parse(text)).testResults;
      return new Map(
        tests.map((test) => {
          const result = results.find(({ name }) => name.endsWith(test));
          if (result === undefined) throw new Error(`Jest did not run ${test}: check its path`);
          const failed = result.assertionResults.filter(({ status }) => status === 'failed');
          const whole =
            result.status === 'failed' && failed.length === 0 ? ['(the file could not be run)'] : [];
          return [test, [...whole, ...failed.map(({ fullName }) => fullName)]];
        }),
      );
    },

    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const Results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Ignores the exit status: the output has the failures. */
function jest(folder: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...args],
    {
      cwd: folder,
      stdio: 'ignore',
      timeout: timeLimitMs,
      killSignal: 'SIGKILL',
    },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}
