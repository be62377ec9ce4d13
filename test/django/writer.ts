import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const Answer = z.union([
  z.object({ sent: z.array(z.unknown()), flushed: z.boolean(), topics: z.string() }),
  z.object({ error: z.string() }),
]);

const pathOf = (name: string) => fileURLToPath(new URL(`../../django/tests/${name}`, import.meta.url));

/** A Django process that writes to the database: see django/tests/live.py. */
export function startWriter(python: string, env: Record<string, string>) {
  const child = spawn(python, [pathOf('live.py')], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Runs one step. @returns its events, and the table after it as JSON */
    async do(step: string) {
      child.stdin.write(`${step}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error(`the Django process ended in ${step}`);
      const answer = Answer.parse(JSON.parse(line.value));
      if ('error' in answer) throw new Error(answer.error);
      return answer;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

/** Runs `manage.py` of the test project, or another file of it. */
export function runDjango(python: string, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const [file = '', ...rest] = args;
    const options = { env: { ...process.env, ...env }, maxBuffer: 10_000_000 };
    execFile(python, [pathOf(file), ...rest], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output: stdout + stderr });
    });
  });
}
