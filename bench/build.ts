import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild, type Metafile, type Plugin } from 'esbuild';
import { parse } from 'yaml';
import * as z from 'zod';

export const run = promisify(execFile);

export const projectDir = fileURLToPath(new URL('..', import.meta.url));
/** The folder that later runs reuse: databases, bundles, checked-out commits. */
export const benchDir = join(projectDir, '.local/bench');

export interface Bundle {
  /** The function's file. */ file: string;
  /** The bytes of code that its start loads. */
  bytesAtStart: number;
}

/** The source text that replaces `tables/index.ts`, and the name of the bundle with it. */
export type Tables = { name: string; tables: string };

/** A source tree whose functions are measured. */
export interface Build {
  root: string;
  bundle(entry: string, tables?: Tables): Promise<Bundle>;
}

/** Bundles like a deployment, each bundle once per run. @param name the folder of the bundles */
export function createBuild(root: string, name: string): Build {
  const made = new Map<string, Promise<Bundle>>();
  return {
    root,
    bundle(entry, { name: as, tables } = { name: basename(entry, '.ts'), tables: '' }) {
      const bundle = made.get(as) ?? bundleFile(root, entry, join(benchDir, 'bundles', name, as), tables);
      made.set(as, bundle);
      return bundle;
    },
  };
}

const Service = z.object({
  custom: z.object({
    esbuild: z.object({
      ...{ bundle: z.literal(true), minify: z.boolean(), sourcemap: z.boolean(), splitting: z.literal(true) },
      ...{ format: z.literal('esm'), target: z.string(), platform: z.literal('node') },
      ...{ mainFields: z.array(z.string()), banner: z.object({ js: z.string() }).default({ js: '' }) },
    }),
  }),
});

async function bundleFile(root: string, entry: string, outdir: string, tables: string): Promise<Bundle> {
  const text = await readFile(join(root, 'serverless.yml'), 'utf8');
  const { custom } = Service.parse(parse(text, { logLevel: 'error' })); // the tags are CloudFormation's
  const { default: plugins }: { default: Plugin[] } = await import(
    pathToFileURL(join(root, 'esbuild.plugins.js')).href
  );
  const name = basename(entry, '.ts');
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await esbuild({
    ...custom.esbuild,
    entryPoints: [join(root, entry)],
    ...{ absWorkingDir: root, outdir, entryNames: name },
    outExtension: { '.js': '.mjs' },
    metafile: true,
    plugins: [...plugins, ...(tables === '' ? [] : [tablesPlugin(root, tables)])],
    logLevel: 'warning',
  });
  return { file: join(outdir, `${name}.mjs`), bytesAtStart: bytesAtStart(metafile, entry) };
}

const tablesPlugin = (root: string, contents: string): Plugin => ({
  name: 'tables',
  setup: (build) =>
    build.onLoad({ filter: /\/tables\/index\.ts$/ }, () => ({
      ...{ contents, loader: 'ts', resolveDir: join(root, 'tables') },
    })),
});

/** The size of the entry's file and of the files that it imports statically. */
export function bytesAtStart({ outputs }: Pick<Metafile, 'outputs'>, entry: string): number {
  const files = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entry));
  for (const file of files)
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path] !== undefined) files.add(path);
  return [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
}

/**
 * Checks out a commit once, with the dependencies of its functions.
 * @throws Error with one sentence if git does not have the commit
 */
export async function checkOut(commit: string): Promise<{ root: string; hash: string }> {
  const args = ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`];
  const found = await run('git', args, { cwd: projectDir }).catch(() => undefined);
  if (found === undefined)
    throw new Error(`git does not have the commit ${commit}: fetch it, or unshallow the clone.`);
  const hash = found.stdout.trim();
  const root = join(benchDir, 'commits', hash);
  if (existsSync(root)) return { root, hash };
  const unfinished = `${root}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await run('sh', ['-c', 'git archive "$0" | tar -x -C "$1"', hash, unfinished], { cwd: projectDir });
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: unfinished });
  await rename(unfinished, root);
  return { root, hash };
}
