import { readFile, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { commandOf } from './command-of.ts';

const Running = z.object({ pid: z.int(), api: z.string().optional() });

/**
 * Takes the folder for this process, before anything in it is used.
 * @param endpointsFile names the owner of the folder and, once started, its addresses
 * @returns a function that gives it back
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
      const at = holder?.api === undefined ? 'is just starting or ending' : `runs already, at ${holder.api}`;
      if (holder !== undefined) throw new Error(`The service ${at} (process ${holder.pid}).`);
      await rm(endpointsFile, { force: true }); // of a killed stack
    }
  }
}

async function holderIn(endpointsFile: string) {
  const text = await readFile(endpointsFile, 'utf8').catch(() => '');
  const { data } = Running.safeParse(parsed(text));
  // The id of a killed stack may belong to another program by now.
  return data !== undefined && /local\/(start|reset)\.ts/.test(await commandOf(data.pid)) ? data : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // truncated, for example on a full disk
  }
}
