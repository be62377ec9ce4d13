import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { bundle } from '../bundle.ts';
import { installPeers } from '../peers/install.ts';
import { projectFile } from '../project-file.ts';
import { benchDir } from '../world.ts';

export interface Task {
  /** Of the request; a peer has one only. */
  variant?: 'plain' | 'gzip' | '304' | 'reconcile';
  /** 1 unless given. */
  requests?: number;
  /** The file that the last body is written to. */
  save?: string;
}

const Answered = z.object({ status: z.int(), times: z.array(z.number()) });
/** The last HTTP status, and milliseconds of each request. */
export type Answered = z.infer<typeof Answered>;

/** A process that answers requests in itself, and says how long each took. */
export interface Subject {
  pid: number;
  do(task: Task): Promise<Answered>;
  stop(): Promise<void>;
}

/** A process with a function in it. @param file its bundle */
export async function startFunction(
  name: string,
  file: string,
  environment: Record<string, string>,
): Promise<Subject> {
  harness ??= bundle(projectFile('bench/subjects/function.ts'), `${benchDir}/function.mjs`);
  await harness;
  return start(name, process.execPath, [`${benchDir}/function.mjs`, file], environment);
}
let harness: Promise<unknown> | undefined;

/** A process with one of the peers in it. */
export async function startPeer(peer: 'original' | 'rest', databaseUrl: string): Promise<Subject> {
  const file = projectFile('bench/subjects/peer.py');
  return start(peer, await installPeers(), [file, peer], {
    DATABASE_URL: databaseUrl,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** A process of Node's that does nothing. */
export const startNothing = () => start('node', process.execPath, ['--eval', nothing], {});
const nothing = `fs.writeSync(3, '{"status":0,"times":[]}\\n'); process.stdin.resume()`;

/** @returns when the process says that it has started */
async function start(
  name: string,
  command: string,
  args: string[],
  environment: Record<string, string>,
): Promise<Subject> {
  const child = spawn(command, args, { env: environment, stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  const [input, answers] = [child.stdin, child.stdio[3]];
  if (input === null || !(answers instanceof Readable) || child.pid === undefined)
    throw new Error(`${name} did not start`);
  const lines = createInterface({ input: answers })[Symbol.asyncIterator]();
  const answer = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${name} ended with ${(await exited)[0]}`);
    return Answered.parse(JSON.parse(line.value));
  };
  await answer();
  return {
    pid: child.pid,
    do(task) {
      input.write(`${JSON.stringify(task)}\n`);
      return answer();
    },
    async stop() {
      input.end();
      await exited;
    },
  };
}

/** Resident memory of a process now and at most, in MiB. */
export async function memoryOf(pid: number): Promise<{ resident: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { resident: mib('VmRSS'), peak: mib('VmHWM') };
}
