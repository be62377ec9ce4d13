import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import * as z from 'zod';
import { commandOf } from '../../local/command-of.ts';
import { portVariables } from '../../local/settings.ts';
import { outputOf } from './process-output.ts';
import { createTestFolder } from './stack.ts';
import { testTables } from './tables/test-tables.ts';
import { until } from './until.ts';

const Endpoints = z.object({
  pid: z.int(),
  ...{ api: z.string(), lambda: z.string(), dataApi: z.string() },
  ...{ dynamoDb: z.string(), parameters: z.string(), database: z.string() },
});
export type RunningEndpoints = z.infer<typeof Endpoints>;

const programs = { start: '../../local/start.ts', reset: '../../local/reset.ts' };
const variables = {
  ...Object.fromEntries(Object.values(portVariables).map((name) => [name, '0'])),
  TABLES: fileURLToPath(testTables),
};

/** Runs `npm start` and `npm run reset` in a temporary folder, and inspects what they leave. */
export async function createStackFolder() {
  const { dir, remove } = await createTestFolder();
  const children: ChildProcess[] = [];

  /** Starts a program as leader of its process group, with every port 0 and the tests' tables. */
  function run(program: keyof typeof programs, overrides: Record<string, string> = {}) {
    const child = spawn(process.execPath, [fileURLToPath(new URL(programs[program], import.meta.url))], {
      cwd: dir,
      env: { ...process.env, NODE_OPTIONS: '', ...variables, ...overrides },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // ends with this process, even if it is killed
      detached: true,
    });
    children.push(child);
    child.channel?.unref();
    const closed = once(child, 'close');
    const { output, wrote } = outputOf(child);
    return {
      child,
      output,
      /** Its output and exit code, after its end. */
      ended: closed.then(([code]: unknown[]) => ({ code, ...output })),
      /** Sends a signal to each process of its group, as a terminal does. */
      signalGroup: (signal: NodeJS.Signals) => process.kill(-(child.pid ?? Number.NaN), signal),
      wrote,
      async ready() {
        await wrote('\nready.');
        return Endpoints.parse(JSON.parse(await readFile(`${dir}/.local/endpoints.json`, 'utf8')));
      },
    };
  }

  /** The processes that run in the folder, or have it in their command line. */
  async function processes() {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const all = await Promise.all(
      pids.map(async (pid) => {
        const command = await commandOf(pid);
        const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
        return { pid, command, isOurs: command.includes(dir) || (command !== '' && cwd.startsWith(dir)) };
      }),
    );
    return all.filter(({ isOurs }) => isOurs);
  }

  return {
    dir,
    run,
    processes,
    /** Its processes whose command line has the words in it. */
    async pidsOf(words: string) {
      return (await processes()).filter(({ command }) => command.includes(words)).map(({ pid }) => pid);
    },
    /** Asserts that no process and no endpoints file is left. */
    async expectNothingLeft() {
      expect((await processes()).map(({ command }) => command)).toEqual([]);
      expect(await readdir(`${dir}/.local`)).not.toContain('endpoints.json');
    },
    /** Stops the stack, also after a failure. */
    async remove() {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      await until('no process is left in the folder', async () => (await processes()).length === 0);
      await remove();
    },
  };
}

export type StackFolder = Awaited<ReturnType<typeof createStackFolder>>;
export type RunningProgram = ReturnType<StackFolder['run']>;

/** @throws the error of `node:net` if the port of an address is in use */
export const expectPortsFree = ({ pid: _, ...urls }: RunningEndpoints) =>
  Promise.all(
    Object.values(urls).map(async (url) => {
      const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    }),
  );
