import { readFile } from 'node:fs/promises';
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
      target: z.string(),
      platform: z.literal('node'),
      mainFields: z.array(z.string()),
      banner: z.object({ js: z.string() }),
    }),
  }),
});

/**
 * Bundles a module with the settings of serverless.yml, as it would be deployed.
 *
 * @param entry path of the TypeScript file
 * @param outfile path of the bundle, which ends in `.mjs` as in Lambda
 * @returns the bundle's size
 */
export async function bundle(entry: string, outfile: string): Promise<{ bytes: number }> {
  const text = await readFile(new URL('../serverless.yml', import.meta.url), 'utf8');
  const { esbuild } = Service.parse(parse(text, { logLevel: 'error' })).custom; // the tags are CloudFormation's
  const { metafile } = await build({
    ...esbuild,
    entryPoints: [entry],
    outfile,
    metafile: true,
    logLevel: 'warning',
  });
  const [output] = Object.values(metafile.outputs);
  if (output === undefined) throw new Error(`${entry} gave no bundle`);
  return { bytes: output.bytes };
}
