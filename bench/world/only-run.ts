import { readFile, rm, writeFile } from 'node:fs/promises';

/**
 * Two runs in one folder would end each other's PostgreSQL.
 *
 * @returns what gives the folder free again
 * @throws Error with one sentence while another run uses it
 */
export async function refuseSecondRun(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}/pid`;
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  if (!Number.isNaN(pid) && isAlive(pid))
    throw new Error(`A benchmark runs already (process ${pid}): wait for its end, or end it.`);
  await writeFile(file, `${process.pid}\n`);
  return () => rm(file, { force: true });
}

function isAlive(pid: number) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}
