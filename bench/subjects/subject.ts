import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { bundled } from '../bundles.ts';
import { installPeers } from '../peers/install.ts';
import { projectFile } from '../project-file.ts';
import { startLineProcess } from './line-process.ts';

export interface Task {
  /** Of the request; a peer has one only. */
  variant?: 'plain' | 'gzip' | '304' | 'asks DynamoDB' | 'reconcile';
  /** 1 unless given. */
  requests?: number;
  /** The file that the last body is written to. */
  save?: string;
}

const Answered = z.object({ statuses: z.array(z.int()), times: z.array(z.number()) });
export interface Answered {
  /** Of every request of the task. 413 where a list is too large for an answer of Lambda. */
  status: number;
  /** Milliseconds of each request. */
  times: number[];
}

/** A process that answers requests in itself, and says how long each took. */
export interface Subject {
  pid: number;
  /** @throws Error where a request was answered by another status than the task calls for, or 413 */
  do(task: Task): Promise<Answered>;
  stop(): Promise<void>;
}

export const peers = ['original', 'original_bytes', 'rest'] as const;
export type Peer = (typeof peers)[number];

/** A process with a function in it. @param file its bundle */
export async function startFunction(
  name: string,
  file: string,
  environment: Record<string, string>,
): Promise<Subject> {
  return start(name, process.execPath, [await bundled('function-caller'), file], environment);
}

/** A process with one of the peers in it. */
export async function startPeer(peer: Peer, databaseUrl: string): Promise<Subject> {
  const file = projectFile('bench/subjects/peer.py');
  return start(peer, await installPeers(), [file, peer], {
    DATABASE_URL: databaseUrl,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** A process of Node's that does nothing. */
export const startNothing = () => start('node', process.execPath, ['--eval', nothing], {});
const nothing = `fs.writeSync(3, '{}\\n'); process.stdin.resume()`;

async function start(...[name, ...how]: Parameters<typeof startLineProcess>): Promise<Subject> {
  const { pid, ask, stop } = await startLineProcess(name, ...how);
  return {
    pid,
    stop,
    async do(task) {
      const { statuses, times } = Answered.parse(await ask(task));
      return { status: statusOf(name, task, statuses), times };
    },
  };
}

/**
 * @param statuses of all requests of a task
 * @throws Error unless all of them are the one that the task calls for, or all 413
 */
export function statusOf(name: string, { variant }: Task, statuses: readonly number[]): number {
  const expected = variant === '304' ? 304 : 200;
  const [status, ...others] = new Set(statuses);
  if (others.length > 0 || (status !== expected && status !== 413))
    throw new Error(`${name} answered ${statuses.join(' and ')}, not ${expected}`);
  return status;
}

/** Resident memory of a process now and at most, in MiB. */
export async function memoryOf(pid: number): Promise<{ resident: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { resident: mib('VmRSS'), peak: mib('VmHWM') };
}
