import { readFile, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { commandOf } from './command-of.ts';

const Running = z.object({ pid: z.int(), api: z.string().optional() });

/**
 * Locks the folder for this process before its first use.
 * @param endpointsFile the lock: names the process and, once it has started, its addresses
 * @returns a function that releases the lock
 * @throws Error with one sentence while another process owns it
 */
export async function claimFolder(endpointsFile: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(endpointsFile, JSON.stringify({ pid: process.pid }), { flag: 'wx' });
      return () => rm(endpointsFile, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = await holderIn(endpointsFile);
      const at =
        holder?.api === undefined ? 'is starting or stopping' : `is already running at ${holder.api}`;
      if (holder !== undefined)
        throw new Error(`The local stack ${at} (process ${holder.pid}): stop it first.`);
      await rm(endpointsFile, { force: true }); // left by a killed stack
    }
  }
}

async function holderIn(endpointsFile: string) {
  const text = await readFile(endpointsFile, 'utf8').catch(() => '');
  const { data } = Running.safeParse(parsed(text));
  // The process id of a killed stack may belong to another program.
  return data !== undefined && /local\/(start|reset)\.ts/.test(await commandOf(data.pid)) ? data : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // truncated, for example on a full disk
  }
}
