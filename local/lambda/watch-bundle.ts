import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context, formatMessages, type Plugin } from 'esbuild';
import { type BundleOptions, type FunctionDefinition, projectDir } from './service.ts';

/**
 * Bundles a function like `sls deploy`, and rebuilds it after each change of one of its files.
 * @param onBuilt called after each build except the first
 * @param onError called after each failed build except the first; the previous bundle stays
 * @returns the bundle's file
 * @throws Error with esbuild's messages if the first build fails
 */
export async function watchBundle({
  handler,
  options: { plugins, ...options },
  sourceDir = projectDir,
  outDir,
  tablesFile,
  onBuilt,
  onError,
}: {
  handler: FunctionDefinition['handler'];
  options: BundleOptions;
  /** The folder of the handler's file. */
  sourceDir?: string;
  outDir: string;
  /** The replacement of `tables/index.ts`. */
  tablesFile?: string;
  onBuilt: (file: string) => void;
  onError: (messages: string) => void;
}) {
  const file = join(outDir, `${handler.file}.mjs`);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isFirst = true;
  const announce: Plugin = {
    name: 'announce',
    setup: (build) =>
      build.onEnd(async ({ errors }) => {
        const messages = await formatMessages(errors, { kind: 'error', color: process.stdout.isTTY });
        const [succeed, fail] = isFirst
          ? [resolve, (text: string) => reject(new Error(text))]
          : [onBuilt, onError];
        isFirst = false;
        if (errors.length === 0) succeed(file);
        else fail(messages.join('').trim());
      }),
  };
  const build = await context({
    ...options,
    entryPoints: [join(sourceDir, `${handler.file}.ts`)],
    absWorkingDir: sourceDir,
    outbase: sourceDir,
    outdir: outDir,
    outExtension: { '.js': options.format === 'esm' ? '.mjs' : '.js' },
    bundle: true,
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [
      ...(await pluginsOf(plugins)),
      ...(tablesFile === undefined ? [] : [tablesOf(tablesFile)]),
      announce,
    ],
  });
  await build.watch();
  return {
    file: await promise.catch(async (error: unknown) => {
      await build.dispose();
      throw error;
    }),
    stop: () => build.dispose(),
  };
}

const tablesOf = (path: string): Plugin => ({
  name: 'tables',
  setup: (build) => build.onResolve({ filter: /^\.\.\/tables\/index\.ts$/ }, () => ({ path })),
});

async function pluginsOf(path: string | undefined): Promise<Plugin[]> {
  if (path === undefined) return [];
  const loaded: { default: Plugin[] } = await import(pathToFileURL(join(projectDir, path)).href);
  return loaded.default;
}
