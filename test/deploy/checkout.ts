import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDefaultTables } from '../support/default-tables.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
/** The files that a deployment needs. */
const parts = [
  ...['deploy', 'functions', 'lib', 'params', 'scripts', 'local', 'events', 'package.json'],
  ...['client', 'docs-site', 'docs', 'tsconfig.json'],
  ...['serverless.yml', 'serverless.resources.yml', 'serverless.environment.yml', 'esbuild.plugins.js'],
];

export interface Checkout {
  dir: string;
  /** Writes a file in the copy. */
  write: (file: string, text: string) => Promise<void>;
  read: (file: string) => Promise<string>;
  /** Runs `npx sls …` in the copy. */
  sls: (
    args: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<{ code: number; output: string }>;
  /** Runs a program of the copy with Node. */
  node: (
    args: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<{ code: number; output: string }>;
  /** Runs a shell command in the copy. */
  shell: (line: string, environment?: Record<string, string>) => Promise<{ code: number; output: string }>;
  remove: () => Promise<void>;
}

/** A copy of the project, with topics in tables/ and without this machine's credentials, that a test can edit and deploy. */
export async function createCheckout(): Promise<Checkout> {
  const dir = await mkdtemp(join(tmpdir(), 'offload-checkout-'));
  for (const part of parts)
    await cp(join(project, part), join(dir, part), {
      recursive: true,
      filter: (source) => !/params[/\\](?!example)[^/\\]+$/.test(source) && !source.includes('node_modules'),
    });
  await writeDefaultTables(dir);
  await symlink(join(project, 'node_modules'), join(dir, 'node_modules'));
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

  async function run(program: string, args: readonly string[], environment: Record<string, string> = {}) {
    const child = spawn(program, args, {
      cwd: dir,
      env: {
        PATH: process.env['PATH'],
        HOME: dir, // a home without credentials
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
        SLS_AWS_MONITORING_FREQUENCY: '20', // ms
        npm_config_update_notifier: 'false',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const [code] = await once(child, 'close');
    return { code: Number(code ?? -1), output };
  }

  const node: Checkout['node'] = (args, environment) => run(process.execPath, args, environment);

  return {
    dir,
    write: (file, text) => writeFile(join(dir, file), text),
    read: (file) => readFile(join(dir, file), 'utf8'),
    node,
    shell: (line, environment) => run('sh', ['-c', line], environment),
    sls: (args, environment) => node([serverless, ...args], environment),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
