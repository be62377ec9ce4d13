import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Bundles a file into a folder, as functions are bundled: with the project's plugins. */
export async function bundle(file: string, { outdir, root }: { outdir: string; root: string }) {
  const pluginsFile = fileURLToPath(new URL('../../esbuild.plugins.js', import.meta.url));
  const { default: plugins }: { default: Plugin[] } = await import(pluginsFile);
  const { metafile } = await build({
    ...{ entryPoints: [file], absWorkingDir: root, outdir, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, format: 'esm', splitting: true, platform: 'node', metafile: true, plugins },
  });
  return metafile;
}
