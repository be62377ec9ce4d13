import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildClient } from '../../client/build.ts';

const mostBytes = 4 * 1024;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-build-'));
  await buildClient(folder);
});
afterAll(() => rm(folder, { recursive: true }));

test(`the client is one module of at most ${mostBytes} bytes in gzip, without imports`, async () => {
  const code = await readFile(join(folder, 'client.js'));
  expect(gzipSync(code, { level: 9 }).byteLength).toBeLessThanOrEqual(mostBytes);
  expect(code.toString()).not.toMatch(/\bimport\b/);
});

test('the built module exports what its types declare', async () => {
  const built: Record<string, unknown> = await import(join(folder, 'client.js'));
  expect(Object.keys(built).sort()).toEqual(['LiveTableError', 'liveTable']);
});

test('a program with its own record type is checked against the types', async () => {
  const program = `
    import { liveTable } from './client.js';
    interface Topic { id: number; title: string }
    const topics = liveTable<Topic>({
      url: 'https://api.example/topics/',
      fetch: (url, init) => fetch(url, { ...init, headers: { authorization: 'Bearer x' } }),
    });
    export const title: string | undefined = topics.get(1)?.title;
    // @ts-expect-error: a topic has no such member
    topics.all()[0]?.subject;
    // @ts-expect-error: a key is a member of the record
    liveTable<Topic>({ url: '', key: 'ident' });
  `;
  await writeFile(join(folder, 'program.ts'), program);
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2024,dom',
    '--types',
    '',
  ];
  const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const check = promisify(execFile)(process.execPath, [tsc, ...flags, 'program.ts'], { cwd: folder });
  const { stdout } = await check.catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});
