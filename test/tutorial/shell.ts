import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

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
      const output = outputOf(child);
      let printed = '';
      child.stdout?.on('data', (text: string) => {
        printed += text;
      });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${commands}\nended with ${code}:\n${output()}`);
      return printed;
    },
    /** A second terminal in a folder. Stops its previous command. Resolves once the new one has printed the words. */
    async runInBackground(commands: string, folder: string, words: string): Promise<string> {
      await stop();
      const child = start(`${restore}cd ${folder}\n${commands}`, cwd);
      const output = outputOf(child);
      background.push(child);
      while (!output().includes(words)) {
        if (child.exitCode !== null) throw new Error(`${commands}\nended:\n${output()}`);
        await sleep(50);
      }
      return output();
    },
    stop,
  };
}

function outputOf(child: ChildProcess) {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return () => output;
}
