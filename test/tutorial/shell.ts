import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { outputOf } from '../support/process-output.ts';

/** A reader's terminal: exported variables and the working directory persist from block to block. */
export function createShell(cwd: string, env: Record<string, string | undefined>) {
  const state = `${cwd}/.shell-state`;
  const background: ChildProcess[] = [];

  const start = (script: string, at: string) =>
    spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: at,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // so that its children can be stopped with it
    });

  const restore = `[ -f ${state} ] && source ${state}; `;

  async function stop() {
    for (const child of background.splice(0)) {
      if (child.exitCode === null && child.pid !== undefined) {
        process.kill(-child.pid, 'SIGTERM');
        await once(child, 'close');
      }
    }
  }

  return {
    /** @returns the standard output @throws Error with it if a command fails */
    async run(commands: string): Promise<string> {
      const child = start(`${restore}${commands}\n{ export -p; printf 'cd %q\\n' "$PWD"; } > ${state}`, cwd);
      const { output } = outputOf(child);
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${commands}\nended with ${code}:\n${output.out}${output.errors}`);
      return output.out;
    },
    /** Another terminal, in a folder: what ran in it before is ended. @returns the first match of its output */
    async runInBackground(commands: string, folder: string, pattern: RegExp): Promise<string> {
      await stop();
      const child = start(`${restore}cd ${folder}\n${commands}`, cwd);
      background.push(child);
      return outputOf(child).wrote(pattern);
    },
    stop,
  };
}
