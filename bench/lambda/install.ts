import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import * as z from 'zod';
import { projectFile } from '../project-file.ts';
import { benchDir } from '../world.ts';

const manifests = projectFile('bench/lambda/runtime-client');
const home = `${benchDir}/runtime-client`;
const installations = new Map<string, Promise<string>>();

/**
 * AWS's Runtime Interface Client, installed at the first call: its native part is compiled then, which takes
 * about a minute of two cores. Later calls find it, or wait for the first one.
 *
 * @param progress told in one line when there is something to wait for
 * @param folder where it is kept
 * @returns the file that a container's process starts with
 * @throws Error with one sentence for what a user can mend
 */
export function installRuntimeClient({
  progress,
  folder = home,
}: {
  progress: (line: string) => void;
  folder?: string;
}): Promise<string> {
  const installation = installations.get(folder) ?? install(folder, progress);
  installations.set(folder, installation);
  return installation;
}

async function install(folder: string, progress: (line: string) => void) {
  const entry = 'node_modules/aws-lambda-ric/index.mjs';
  if (await isUsable(folder)) return join(folder, entry);
  await refuseWithoutCompiler();

  progress('AWS’s Lambda runtime client is built, once: about a minute');
  // A half-made installation never stands in the folder: it is made beside it, and moved.
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await cp(manifests, unfinished, { recursive: true });
    await npmCi(unfinished);
    if (!(await isUsable(unfinished)))
      throw new Error('AWS’s Lambda runtime client was built, and does not load.');
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  progress('AWS’s Lambda runtime client is there');
  return join(folder, entry);
}

/** Whether the version that is asked for is there, and its native part loads in this Node. */
async function isUsable(folder: string): Promise<boolean> {
  const client = join(folder, 'node_modules/aws-lambda-ric');
  const { dependencies } = Wanted.parse(await json(join(manifests, 'package.json')));
  const there = await json(join(client, 'package.json'))
    .then(Installed.parse)
    .catch(() => undefined);
  if (there?.version !== dependencies['aws-lambda-ric']) return false;
  const load = `require(${JSON.stringify(join(client, 'rapid-client.node'))})`;
  const { code } = await run(process.execPath, ['--eval', load], { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1' });
  return code === 0;
}

const Wanted = z.object({ dependencies: z.object({ 'aws-lambda-ric': z.string() }) });
const Installed = z.object({ version: z.string() });
const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

async function refuseWithoutCompiler() {
  if (process.platform !== 'linux')
    throw new Error(`AWS’s Lambda runtime client can be built on Linux only; this is ${process.platform}.`);
  const programs = [['cmake3', 'cmake'], ['g++'], ['make'], ['python3'], ['tar'], ['xz']];
  const found = await Promise.all(programs.map((names) => Promise.all(names.map(isOnPath))));
  const missing = programs.filter((_, at) => !found[at]?.includes(true)).map((names) => names.at(-1));
  if (missing.length > 0)
    throw new Error(
      `To build AWS’s Lambda runtime client, install ${missing.join(', ')} (Debian: apt-get install cmake g++ make python3 xz-utils).`,
    );
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const tries = folders.map((folder) => access(join(folder, program), constants.X_OK));
  return (await Promise.allSettled(tries)).some(({ status }) => status === 'fulfilled');
}

/** By the npm on PATH, run by this Node. */
async function npmCi(folder: string) {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, NODE_OPTIONS: '', PATH: path };
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund'], env, folder);
  if (code !== 0)
    throw new Error(`AWS’s Lambda runtime client could not be built:\n${output.trim().slice(-3_000)}`);
}

async function run(program: string, args: string[], env: NodeJS.ProcessEnv, cwd = '.') {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  return { code, output };
}
