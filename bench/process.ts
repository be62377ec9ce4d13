import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { benchDir, projectDir } from './build.ts';

const Answer = z.object({
  /** Milliseconds of each request. */
  times: z.array(z.number()),
  /** The outcomes of all requests: HTTP statuses, outcomes of refreshes, or numbers of rows. */
  outcomes: z.array(z.string()),
  /** The headers of the last answer. */
  headers: z.record(z.string(), z.string()).default({}),
});

export type Environment = Record<string, string>;

export interface Task {
  /** For a function. */ event?: unknown;
  /** For a peer in Python. */
  path?: string;
  /** The number of requests. Default: 1. */
  requests?: number;
  /** The file that the last body is written to. */
  save?: string;
}

/** A process that runs requests without a network and reports the time of each. */
export interface Process {
  /** @param outcome the expected outcome @returns ms of each request @throws Error for another outcome */
  do(task: Task, outcome: string): Promise<number[]>;
  /** Like `do`. @returns the last answer, its body as sent */
  answer(task: Task, outcome: string): Promise<{ headers: Record<string, string>; body: Buffer }>;
  /** The peak resident memory, in MiB. */
  peakMiB(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a process that answers each line of JSON on stdin with a line on descriptor 3. @returns after its first line */
export async function startProcess(
  name: string,
  [command, ...args]: [string, ...string[]],
  env: Environment,
): Promise<Process> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  const [input, output] = [child.stdin, child.stdio[3]];
  if (input === null || !(output instanceof Readable)) throw new Error(`${name} did not start`);
  input.on('error', () => {}); // the process has ended, which the next read reports
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${name} ended with ${(await exited)[0]}`);
    return Answer.parse(JSON.parse(line.value));
  };
  await next();
  async function ask(task: Task, outcome: string) {
    input?.write(`${JSON.stringify(task)}\n`);
    const answer = await next();
    const others = answer.outcomes.filter((one) => one !== outcome);
    if (others.length > 0) throw new Error(`${name} answered ${others.join(', ')}, expected ${outcome}`);
    return answer;
  }
  return {
    do: async (task, outcome) => (await ask(task, outcome)).times,
    async answer(task, outcome) {
      const save = join(benchDir, 'answer');
      const { headers } = await ask({ ...task, save }, outcome);
      return { headers, body: await readFile(save) };
    },
    async peakMiB() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    async stop() {
      input.end();
      await exited;
    },
  };
}

const processFile = (name: string) => join(projectDir, 'bench/processes', name);

/** A process with a bundled function in it. */
export const startFunction = (name: string, file: string, environment: Environment) =>
  startProcess(name, [process.execPath, processFile('call-function.ts'), file], environment);

/** A process that sends statements to PostgreSQL. */
export const startSelect = (statements: readonly string[], databaseUrl: string) =>
  startProcess('pg', [process.execPath, processFile('select.ts'), ...statements], {
    DATABASE_URL: databaseUrl,
  });

/** A peer in Python, called like its server calls it. */
export const startPeer = (python: string, peer: 'original' | 'rest', databaseUrl: string) =>
  startProcess(peer, [python, join(projectDir, 'bench/peers/call.py'), peer], {
    DATABASE_URL: databaseUrl,
    PYTHONDONTWRITEBYTECODE: '1',
  });
