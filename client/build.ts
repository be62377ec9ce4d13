/** Builds `client.js`, one minified ES module, and `client.d.ts`: `node client/build.ts [folder]` (default: dist). */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const client = dirname(fileURLToPath(import.meta.url));

export async function buildClient(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([
    build({
      entryPoints: [join(client, 'live-table.ts')],
      outfile: join(folder, 'client.js'),
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      logLevel: 'warning',
    }),
    declarations().then((text) => writeFile(join(folder, 'client.d.ts'), text)),
  ]);
}

/** Joins the declarations of the two public modules; the other modules have no public types. */
async function declarations(): Promise<string> {
  const emitted = await mkdtemp(join(tmpdir(), 'client-types-'));
  try {
    const typescript = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')));
    const config = join(client, 'tsconfig.json');
    await promisify(execFile)(process.execPath, [
      join(typescript, 'bin/tsc'),
      '-p',
      config,
      '--outDir',
      emitted,
    ]);
    const texts = ['api.d.ts', 'live-table.d.ts'].map((name) => readFile(join(emitted, name), 'utf8'));
    return (await Promise.all(texts)).join('').replace(/^(import|export) .* from .*\n/gm, '');
  } finally {
    await rm(emitted, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildClient(resolve(process.argv[2] ?? join(client, 'dist')));
