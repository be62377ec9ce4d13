import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';

/**
 * Starts a Python program that answers each line of its input with one line of JSON.
 * @param stderr `inherit` shows its errors
 */
export function startOracle<Answer>({
  python,
  file,
  env,
  answer,
  stderr = 'inherit',
}: {
  python: string;
  file: URL;
  env: Record<string, string>;
  answer: z.ZodType<Answer>;
  stderr?: 'ignore' | 'inherit';
}) {
  const child = spawn(python, [fileURLToPath(file)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', stderr],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question = ''): Promise<Answer> {
      child.stdin.write(`${question}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error(`the oracle ended at the question "${question}"`);
      return answer.parse(JSON.parse(line.value));
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
