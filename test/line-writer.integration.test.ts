import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const module = new URL('../lib/line-writer.ts', import.meta.url).href;

/** Starts a process that has `write`, a line writer for standard output, and reports each stream that it opens. */
function start(code: string) {
  const body = `
    import { createLineWriter } from '${module}';
    const write = createLineWriter(1, () => { console.error('a stream'); return process.stdout; });
    ${code}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', body]);
}

test('lines are written at once, without a stream', async () => {
  const { stdout, stderr } = start(`write('é\\n'); write('b\\n'); process.kill(process.pid, 'SIGKILL');`);
  expect(await Promise.all([text(stdout), text(stderr)])).toEqual(['é\nb\n', '']);
});

test('a full pipe that does not block gets every byte in order', async () => {
  const lines = 600;
  const { stdout, stderr } = start(`
    process.stdout; // to open it makes the pipe non-blocking
    for (let n = 0; n < ${lines}; n += 1) {
      write(String(n).padEnd(1_000, '€') + '\\n');
      if (n > 400) await new Promise((resolve) => setTimeout(resolve, 1)); // now the pipe is being emptied
    }`);
  const streams = text(stderr);
  await once(stderr, 'readable'); // the pipe is full
  const written = (await text(stdout)).split('\n');
  expect(written).toEqual([...Array.from({ length: lines }, (_, n) => String(n).padEnd(1_000, '€')), '']);
  expect(await streams).toBe('a stream\n');
});
