import type { ChildProcess } from 'node:child_process';

/** What a process writes, and a wait for some of it. */
export function outputOf(child: ChildProcess) {
  const output = { out: '', errors: '' };
  const waiting = new Set<() => void>();
  const check = () => {
    for (const one of waiting) one();
  };
  let isClosed = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
    check();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.errors += text;
    check();
  });
  child.on('close', () => {
    isClosed = true;
    check();
  });
  return {
    output,
    /**
     * Resolves to the first match on either stream.
     * @param from the characters of the standard output to leave out
     * @throws Error with the whole output if the process ends before
     */
    wrote: (pattern: RegExp | string, from = 0) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const text = `${output.out.slice(from)}\n${output.errors}`;
          const [found] = new RegExp(pattern).exec(text) ?? [];
          if (found === undefined && !isClosed) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`it ended without ${pattern}: ${output.out}${output.errors}`));
        };
        waiting.add(look);
        look();
      }),
  };
}
