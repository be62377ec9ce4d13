import { readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';
import * as z from 'zod';

const Service = z.object({
  custom: z.object({
    esbuild: z.object({
      bundle: z.literal(true),
      minify: z.boolean(),
      sourcemap: z.boolean(),
      format: z.literal('esm'),
      splitting: z.literal(true),
      target: z.string(),
      platform: z.literal('node'),
      mainFields: z.array(z.string()),
      banner: z.object({ js: z.string() }),
    }),
  }),
});

/**
 * Bundles a module with the settings of serverless.yml, as it would be deployed: what it may need later is in
 * files of its own beside the bundle.
 *
 * @param entry path of the TypeScript file
 * @param outfile path of the bundle, which ends in `.mjs` as in Lambda
 */
export async function bundle(entry: string, outfile: string): Promise<void> {
  const text = await readFile(new URL('../serverless.yml', import.meta.url), 'utf8');
  const { esbuild } = Service.parse(parse(text, { logLevel: 'error' })).custom; // the tags are CloudFormation's
  const extension = extname(outfile);
  const name = basename(outfile, extension);
  await build({
    ...esbuild,
    entryPoints: [entry],
    outdir: dirname(outfile),
    entryNames: name,
    chunkNames: `${name}.[name]-[hash]`,
    outExtension: { '.js': extension },
    logLevel: 'warning',
  });
}
