import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** A process that is given lines of JSON on its standard input, and answers each by one on descriptor 3. */
export interface LineProcess {
  pid: number;
  /** @throws Error where the process has ended */
  ask(question: object): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * @param name for errors
 * @returns when the process has written a first line: it has started
 */
export async function startLineProcess(
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<LineProcess> {
  const child = spawn(command, args, { env: environment, stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  const [input, answers] = [child.stdin, child.stdio[3]];
  if (input === null || !(answers instanceof Readable) || child.pid === undefined)
    throw new Error(`${name} did not start`);
  input.on('error', () => {}); // it has ended, which the next line says
  const lines = createInterface({ input: answers })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${name} ended with ${(await exited)[0]}`);
    return JSON.parse(line.value);
  };
  await answer();
  return {
    pid: child.pid,
    ask(question) {
      input.write(`${JSON.stringify(question)}\n`);
      return answer();
    },
    async stop() {
      input.end();
      await exited;
    },
  };
}
